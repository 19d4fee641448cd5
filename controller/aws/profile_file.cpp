#include "aws/profile_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/text.h"

namespace certloop::aws {
namespace {

constexpr std::string_view kSpaces = " \t";
constexpr std::array<std::string_view, 3> kSecrets = {"aws_secret_access_key", "aws_session_token",
                                                      "aws_security_token"};

bool is_secret(std::string_view name) {
  return std::find(kSecrets.begin(), kSecrets.end(), name) != kSecrets.end();
}

std::string_view trim_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

bool is_identifier(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-/.%@_:+").find(c) != std::string_view::npos;
  });
}

// The line up to its comment. In a property a comment begins after white space only, so that values
// may hold '#' and ';'.
std::string_view without_comment(std::string_view line, bool needs_space) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '#' && line[i] != ';') continue;
    const bool after_space = i > 0 && kSpaces.find(line[i - 1]) != std::string_view::npos;
    if (!needs_space || after_space) return trim_blanks(line.substr(0, i));
  }
  return trim_blanks(line);
}

struct Property {
  std::string name;
  std::string value;
};

// A section as it stands in a file, before anybody asks what its title means.
struct Section {
  std::string title;
  std::vector<Property> properties;
};

// One file, line by line.
class Parser {
 public:
  explicit Parser(std::string_view path) : path_(path) {}

  Result<std::vector<Section>> parse(std::string_view text) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++number_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      TRY(read(line));
    }
    return std::move(sections_);
  }

 private:
  Error wrong(std::string_view what) const {
    return {Code::invalid, fmt::format("{} line {}: {}", path_, number_, what)};
  }

  Result<void> read(std::string_view line) {
    if (trim_blanks(line).empty() || line.starts_with('#') || line.starts_with(';')) return {};
    if (line.starts_with('[')) return read_title(line);
    if (kSpaces.find(line.front()) != std::string_view::npos) return read_continuation(line);
    return read_property(line);
  }

  Result<void> read_title(std::string_view line) {
    const std::string_view title = without_comment(line, false);
    if (!title.ends_with(']')) return wrong("a section's title must end with ']'");
    sections_.push_back({std::string(trim_blanks(title.substr(1, title.size() - 2))), {}});
    in_property_ = false;
    return {};
  }

  Result<void> read_property(std::string_view line) {
    if (sections_.empty()) return wrong("a property stands before the first section");
    Property property = TRY(split_property(line, "property"));
    property.name = lower(property.name);
    in_property_ = true;
    is_block_ = property.value.empty();
    sections_.back().properties.push_back(std::move(property));
    return {};
  }

  Result<void> read_continuation(std::string_view line) {
    if (sections_.empty()) return wrong("a continuation line stands before the first section");
    if (!in_property_) return wrong("a continuation line continues no property");
    if (is_block_) {
      Property nested = TRY(split_property(line, "nested property"));
      wipe(nested.value);
    }
    std::string& value = sections_.back().properties.back().value;
    value += '\n';
    value += trim_blanks(line);
    return {};
  }

  Result<Property> split_property(std::string_view line, std::string_view kind) const {
    const std::string_view text = without_comment(line, true);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos)
      return wrong(fmt::format("a {} must have the form NAME = VALUE", kind));
    const std::string_view name = trim_blanks(text.substr(0, equals));
    if (name.empty()) return wrong(fmt::format("a {} has no name", kind));
    return Property{std::string(name), std::string(trim_blanks(text.substr(equals + 1)))};
  }

  std::string_view path_;
  std::vector<Section> sections_;
  std::size_t number_ = 0;
  bool in_property_ = false;  // a continuation may follow
  bool is_block_ = false;     // ... and is a nested property
};

struct Title {
  std::string kind;  // "profile", "sso-session", "services"; empty for a bare name
  std::string name;
};

// nullopt for what AWS's tools pass over.
std::optional<Title> title_of(std::string_view text) {
  Title title;
  const auto space = text.find_first_of(kSpaces);
  if (space != std::string_view::npos) {
    title.kind = std::string(text.substr(0, space));
    text = trim_blanks(text.substr(space));
  }
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
                      text.back() == text.front();
  if (quoted) text = text.substr(1, text.size() - 2);
  title.name = std::string(text);
  const bool known = title.kind.empty() || title.kind == "profile" || title.kind == "sso-session" ||
                     title.kind == "services";
  std::string checked = title.name;
  // Quotes are there for names with spaces.
  if (quoted) std::replace(checked.begin(), checked.end(), ' ', '_');
  if (!known || !is_identifier(checked)) return std::nullopt;
  return title;
}

void add(Profile& to, Section& section) {
  for (Property& property : section.properties)
    if (is_identifier(property.name)) to.set(property.name, std::move(property.value));
}

void merge_config(ProfileSet& into, std::vector<Section>& sections) {
  const bool has_prefixed_default =
      std::any_of(sections.begin(), sections.end(), [](const Section& section) {
        const auto title = title_of(section.title);
        return title && title->kind == "profile" && title->name == "default";
      });
  for (Section& section : sections) {
    const auto title = title_of(section.title);
    if (!title) continue;
    if (title->kind == "sso-session") add(into.sso_sessions[title->name], section);
    if (title->kind == "services") add(into.services[title->name], section);
    if (title->kind == "profile") add(into.profiles[title->name], section);
    if (title->kind.empty() && title->name == "default" && !has_prefixed_default)
      add(into.profiles["default"], section);
  }
}

void merge_credentials(ProfileSet& into, std::vector<Section>& sections) {
  for (Section& section : sections) {
    const auto title = title_of(section.title);
    if (title && title->kind.empty()) add(into.profiles[title->name], section);
  }
}

void wipe_all(std::vector<Section>& sections) {
  for (Section& section : sections)
    for (Property& property : section.properties) wipe(property.value);
}

Result<Secret> read_or_empty(const CredentialsEnvironment& environment, const std::string& path) {
  auto text = environment.read_file(path);
  if (text.ok() || text.error().code() == Code::not_found)
    return text.ok() ? std::move(text) : Result<Secret>(Secret());
  return Error(Code::denied, fmt::format("{} cannot be read; {}", printable(path),
                                         "check the file's permissions"));
}

}  // namespace

void Profile::set(const std::string& name, std::string value) {
  if (is_secret(name))
    secrets_.insert_or_assign(name, Secret::take(std::move(value)));
  else
    properties_.insert_or_assign(name, std::move(value));
}

std::string Profile::get(const std::string& name) const {
  const auto found = properties_.find(name);
  return found == properties_.end() ? std::string() : found->second;
}

Secret Profile::secret(const std::string& name) const {
  const auto found = secrets_.find(name);
  return found == secrets_.end() ? Secret() : found->second;
}

bool Profile::has(const std::string& name) const {
  return properties_.contains(name) || secrets_.contains(name);
}

std::string Profile::nested(const std::string& block, const std::string& name) const {
  for (const std::string& line : split(get(block), '\n')) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    if (lower(trim_blanks(std::string_view(line).substr(0, equals))) == name)
      return std::string(without_comment(std::string_view(line).substr(equals + 1), true));
  }
  return {};
}

ProfileFiles profile_files(const CredentialsEnvironment& environment) {
  const char* separator = environment.platform() == Platform::windows ? "\\" : "/";
  const auto path = [&](const char* variable, const char* name) {
    if (const auto given = set_variable(environment, variable))
      return expand_path(environment, *given);
    return home_of(environment) + separator + ".aws" + separator + name;
  };
  return {path("AWS_CONFIG_FILE", "config"), path("AWS_SHARED_CREDENTIALS_FILE", "credentials")};
}

std::string selected_profile(const CredentialsEnvironment& environment) {
  if (const auto name = set_variable(environment, "AWS_PROFILE")) return *name;
  if (const auto name = set_variable(environment, "AWS_DEFAULT_PROFILE")) return *name;
  return "default";
}

Result<ProfileSet> parse_profiles(std::string_view config, std::string_view credentials,
                                  const ProfileFiles& files) {
  ProfileSet out;
  out.files = files;
  auto from_config = TRY(Parser(files.config).parse(config));
  merge_config(out, from_config);
  wipe_all(from_config);
  auto from_credentials = TRY(Parser(files.credentials).parse(credentials));
  merge_credentials(out, from_credentials);
  wipe_all(from_credentials);
  return out;
}

Result<ProfileSet> load_profiles(const CredentialsEnvironment& environment) {
  const ProfileFiles files = profile_files(environment);
  const Secret config = TRY(read_or_empty(environment, files.config));
  const Secret credentials = TRY(read_or_empty(environment, files.credentials));
  auto parsed = parse_profiles(config.reveal(), credentials.reveal(), files);
  if (!parsed) return Error(Code::denied, parsed.error().message());
  return parsed;
}

}  // namespace certloop::aws
