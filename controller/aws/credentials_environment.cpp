#include "aws/credentials_environment.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace certloop::aws {

std::optional<std::string> set_variable(const CredentialsEnvironment& environment,
                                        const std::string& name) {
  const auto value = environment.variable(name);
  if (!value) return std::nullopt;
  const std::string_view text = trim(*value);
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

bool is_true(const CredentialsEnvironment& environment, const std::string& name) {
  const auto value = set_variable(environment, name);
  return value && lower(*value) == "true";
}

std::string home_of(const CredentialsEnvironment& environment) {
  if (const auto home = set_variable(environment, "HOME")) return *home;
  if (environment.platform() == Platform::windows) {
    if (const auto profile = set_variable(environment, "USERPROFILE")) return *profile;
    const auto drive = set_variable(environment, "HOMEDRIVE");
    const auto path = set_variable(environment, "HOMEPATH");
    if (drive && path) return *drive + *path;
  }
  return environment.home_directory();
}

std::string expand_path(const CredentialsEnvironment& environment, const std::string& path) {
  std::string out;
  std::size_t i = 0;
  const bool has_home = path == "~" || path.starts_with("~/") || path.starts_with("~\\");
  if (has_home) {
    out = home_of(environment);
    i = 1;
  }
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  while (i < path.size()) {
    const bool braces = path[i] == '$' && i + 1 < path.size() && path[i + 1] == '{';
    const std::size_t start = i + (braces ? 2 : 1);
    const auto end_of_name =
        std::find_if_not(path.begin() + static_cast<std::ptrdiff_t>(std::min(start, path.size())),
                         path.end(), is_name);
    const auto end = static_cast<std::size_t>(end_of_name - path.begin());
    const bool closed = !braces || (end < path.size() && path[end] == '}');
    const auto value = path[i] == '$' && end > start && closed
                           ? environment.variable(path.substr(start, end - start))
                           : std::nullopt;
    if (!value) {
      out += path[i++];
      continue;
    }
    out += *value;
    i = end + (braces ? 1 : 0);
  }
  return out;
}

}  // namespace certloop::aws
