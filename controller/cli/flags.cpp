#include "cli/flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace certloop::cli {

struct Flags::Parser {
  CLI::App app;
  std::vector<FlagHelp> help;
  std::vector<std::string> long_names;
  bool takes_arguments = false;

  void note(const std::string& names, const char* placeholder, const char* text) {
    for (const std::string& name : split(names, ','))
      if (name.starts_with("--")) long_names.push_back(name);
    help.push_back({names, placeholder, text});
  }
  void add_duration(const std::string& names, const std::function<void(Duration)>& set) {
    app.add_option_function<std::string>(names, [set](const std::string& text) {
      const Result<Duration> duration = parse_duration(text);
      if (!duration) throw CLI::ValidationError(duration.error().message());
      set(*duration);
    });
  }
};

Flags::Flags() : parser_(std::make_unique<Parser>()) {
  parser_->app.set_help_flag("");
  parser_->app.allow_extras();
}
Flags::~Flags() = default;

void Flags::text(const std::string& names, std::string& into, const char* placeholder,
                 const char* help) {
  parser_->note(names, placeholder, help);
  parser_->app.add_option(names, into)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void Flags::text(const std::string& names, std::optional<std::string>& into,
                 const char* placeholder, const char* help) {
  parser_->note(names, placeholder, help);
  parser_->app.add_option_function<std::string>(names,
                                                [&into](const std::string& text) { into = text; });
}

void Flags::texts(const std::string& names, std::vector<std::string>& into, const char* placeholder,
                  const char* help) {
  parser_->note(names, placeholder, help);
  parser_->app.add_option(names, into)->allow_extra_args(false);
}

void Flags::toggle(const std::string& names, bool& into, const char* help) {
  parser_->note(names, "", help);
  parser_->app.add_flag(names, into);
}

void Flags::choice(const std::string& names, std::string& into, const char* bare,
                   const char* help) {
  parser_->note(names, "", help);
  std::string with_value;
  for (const std::string& name : split(names, ','))
    with_value += (with_value.empty() ? "" : ",") + name + '{' + bare + '}';
  parser_->app.add_flag(with_value, into);
}

void Flags::number(const std::string& names, std::size_t& into, const char* help) {
  parser_->note(names, "N", help);
  parser_->app.add_option(names, into);
}

void Flags::duration(const std::string& names, Duration& into, const char* help) {
  parser_->note(names, "DURATION", help);
  parser_->add_duration(names, [&into](Duration duration) { into = duration; });
}

void Flags::duration(const std::string& names, std::optional<Duration>& into, const char* help) {
  parser_->note(names, "DURATION", help);
  parser_->add_duration(names, [&into](Duration duration) { into = duration; });
}

void Flags::arguments(std::vector<std::string>& into) {
  parser_->takes_arguments = true;
  parser_->app.add_option("arguments", into);
}

Result<void> Flags::parse(std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    parser_->app.parse(std::move(arguments));
  } catch (const CLI::Error& error) {
    std::string message = error.what();
    if (message.starts_with(": ")) message = message.substr(2);
    if (error.get_name() == "ArgumentMismatch")
      message = message.substr(0, message.find(':')) + " needs a value";
    return Error(Code::invalid, printable(message));
  }
  const std::vector<std::string> left = parser_->app.remaining();
  if (left.empty()) return {};
  const std::string& first = left.front();
  if (!first.starts_with("-") || first == "-")
    return Error(Code::invalid, fmt::format("unexpected argument '{}'", printable(first)));
  const std::string name = first.substr(0, first.find('='));
  std::string message = fmt::format("unknown flag {}", printable(name));
  if (const auto meant = nearest(name, parser_->long_names))
    message += fmt::format("; did you mean {}?", *meant);
  return Error(Code::invalid, message);
}

const std::vector<FlagHelp>& Flags::help() const { return parser_->help; }

Result<Duration> parse_duration(const std::string& text) {
  struct Unit {
    std::string_view name;
    long long milliseconds;
  };
  constexpr Unit kUnits[] = {{"ms", 1},       {"s", 1000},      {"m", 60'000},
                             {"h", 3600'000}, {"d", 86400'000}, {"w", 604800'000}};
  const Error refused(
      Code::invalid,
      fmt::format("invalid duration '{}'; use for example 90s, 15m, 12h or 7d", printable(text)));
  if (text == "0") return Duration{0};
  if (text.empty()) return refused;
  Duration total{0};
  for (std::string_view rest = text; !rest.empty();) {
    long long count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (error != std::errc() || count < 0 || count > 1'000'000'000) return refused;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const std::size_t letters =
        std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), rest.size());
    const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& each) {
      return each.name == rest.substr(0, letters);
    });
    if (unit == std::end(kUnits)) return refused;
    total += Duration(count * unit->milliseconds);
    rest.remove_prefix(letters);
  }
  return total;
}

}  // namespace certloop::cli
