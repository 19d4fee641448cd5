#include "cli/session.h"

#include <fmt/format.h>

#include "base/text.h"

namespace certloop::cli {

void Session::declare_globals(Flags& flags) {
  flags.text("-n,--namespace", space_flag_, "NAME", "The namespace to work in; default: default.");
  flags.text("--state", state_, "DIR",
             "The state directory; default: $CERTLOOP_STATE, else $XDG_STATE_HOME/certloop.");
  flags.toggle("-h,--help", help_, "Show this help.");
}

void Session::finish_flags() {
  space_given_ = space_flag_.has_value();
  if (space_flag_) space_ = *space_flag_;
}

Result<std::string> Session::state_directory() const {
  if (!state_.empty()) return state_;
  const auto variable = [&](const char* name) -> std::string {
    return environment_.variable ? environment_.variable(name).value_or("") : std::string();
  };
  if (std::string given = variable("CERTLOOP_STATE"); !given.empty()) return given;
  // The XDG base directory specification: relative paths are ignored.
  if (const std::string base = variable("XDG_STATE_HOME"); base.starts_with('/'))
    return base + "/certloop";
  if (const std::string home = variable("HOME"); home.starts_with('/'))
    return home + "/.local/state/certloop";
  return Error(Code::invalid,
               "no state directory: neither --state, $CERTLOOP_STATE, $XDG_STATE_HOME nor $HOME "
               "says where it is");
}

Result<std::unique_ptr<store::Store>> Session::open(StoreOptions::Missing missing,
                                                    const std::string& installation) {
  const std::string directory = TRY(state_directory());
  auto store = program_.open_store({directory, missing, installation});
  if (store || store.error().code() != Code::not_found) return store;
  return Error(Code::not_found, "no state in " + directory +
                                    "; create it with 'certloop apply -f FILE', or choose another "
                                    "with --state");
}

Result<std::unique_ptr<store::Store>> Session::open_to_read() {
  std::optional<std::string> variable;
  if (environment_.variable) variable = environment_.variable("CERTLOOP_STATE");
  const bool is_named = !state_.empty() || !variable.value_or("").empty();
  auto store = open(StoreOptions::Missing::fail);
  if (is_named || store || store.error().code() != Code::not_found) return store;
  err() << "There is no state in " << printable(TRY(state_directory()))
        << " yet: 'certloop apply -f FILE' or 'certloop run' makes one.\n";
  return open(StoreOptions::Missing::empty);
}

const spec::Files& Session::files() const {
  return environment_.files != nullptr ? *environment_.files : disk_;
}

bool Session::colours() const {
  if (!environment_.out_is_terminal) return false;
  const auto no_color =
      environment_.variable ? environment_.variable("NO_COLOR") : std::optional<std::string>();
  const auto terminal =
      environment_.variable ? environment_.variable("TERM") : std::optional<std::string>();
  return !(no_color && !no_color->empty()) && terminal.value_or("") != "dumb";
}

report::Layout Session::layout() const {
  report::Layout layout;
  layout.width = environment_.out_is_terminal ? environment_.width : 0;
  layout.colours = colours();
  return layout;
}

int Session::fail(const Error& error) {
  for (const std::string& line : split(error.message(), '\n'))
    if (!line.empty()) err() << "error: " << printable(line) << '\n';
  return error.code() == Code::denied ? kRefused : kError;
}

int Session::usage(const std::string& message) {
  err() << "error: " << printable(message) << '\n';
  return kError;
}

void Session::warn(const std::string& message) {
  err() << "warning: " << printable(message) << '\n';
}

void declare_engine(Flags& flags, EngineOptions& engine) {
  flags.text("--controller-name", engine.controller_name, "NAME",
             "Use only accounts whose controllerName is this one; default: default.");
  flags.texts("--allow-endpoint", engine.allow_endpoints, "HOST:PORT",
              "Allow this host in URLs of specs, besides loopback and AWS's own; may repeat.");
  flags.text("--installation", engine.installation, "NAME",
             "Who owns what is made in AWS; default: the name stored in the state, else default.");
}

void declare_take_over(Flags& flags, EngineOptions& engine) {
  flags.toggle("--take-over-lost-state", engine.take_over_lost_state,
               "Take over what another state of this installation made: only if that one is lost.");
}

std::string resource_of(api::Kind kind) {
  const api::KindInfo& info = api::info_of(kind);
  std::string name = lower(info.name);
  if (const std::size_t slash = info.api_version.find('/'); slash != std::string_view::npos)
    name += '.' + std::string(info.api_version.substr(0, slash));
  return name;
}

std::string resource_of(const api::Key& key) { return resource_of(key.kind) + '/' + key.name; }

}  // namespace certloop::cli
