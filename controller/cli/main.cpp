// The way from the process's arguments to a command, and the help on all of them.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cli/command.h"
#include "report/table.h"

namespace certloop::cli {
namespace {

struct Group {
  const char* title;
  std::vector<std::string> names;
};

const std::vector<Group>& groups() {
  static const std::vector<Group> kGroups = {
      {"Manage specs", {"apply", "delete", "diff", "explain"}},
      {"See what there is", {"get", "describe", "events", "wait", "expiring", "choices"}},
      {"Compare with AWS and act", {"preflight", "plan", "drift", "reconcile", "run"}},
      {"Other", {"emulator", "version"}}};
  return kGroups;
}

const Command* find(const std::vector<Command>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Command& command) { return command.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string overview(const std::vector<Command>& all) {
  std::string out =
      "certloop keeps your ACM certificates in line with YAML specs in Git.\n\nUsage: certloop "
      "COMMAND [flags]\n";
  for (const Group& group : groups()) {
    out += fmt::format("\n{}:\n", group.title);
    for (const std::string& name : group.names)
      out += fmt::format("  {:<11} {}\n", name, find(all, name)->summary);
  }
  return out +
         "\nA first look, with no AWS account (in two terminals):\n"
         "  certloop emulator --zone example.com\n"
         "  certloop apply -f examples/01-quickstart/specs\n"
         "\nExit codes: 0 done, or no difference; 1 a difference, or something failed or is not "
         "ready;\n2 usage or error; 3 something could not be read; 4 refused by policy or "
         "rights.\n"
         "Run 'certloop COMMAND --help' for details.\n";
}

std::string help_on(const Command& command, const Flags& flags) {
  std::string out = command.about + "\n\nUsage: certloop " + command.usage + '\n';
  if (!command.examples.empty()) {
    out += "\nExamples:\n";
    for (const std::string& line : split(command.examples, '\n'))
      if (!line.empty()) out += "  " + line + '\n';
  }
  out += "\nFlags:\n";
  for (const FlagHelp& flag : flags.help()) {
    std::string names = join(split(flag.names, ','), ", ");
    if (!names.starts_with("-") || names.starts_with("--")) names = "    " + names;
    if (!flag.placeholder.empty()) names += ' ' + flag.placeholder;
    out += names.size() <= 28 ? fmt::format("  {:<28}  {}\n", names, flag.text)
                              : fmt::format("  {}\n  {:<28}  {}\n", names, "", flag.text);
  }
  return out;
}

// Takes the first argument that is neither a global flag nor its value.
std::string take_command(std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-n" || argument == "--namespace" || argument == "--state") {
      ++i;
      continue;
    }
    if (argument.starts_with("-")) continue;
    std::string name = argument;
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i));
    return name;
  }
  return "";
}

int unknown(const std::string& name, const std::vector<Command>& all, Session& session) {
  std::vector<std::string> names;
  for (const Command& command : all) names.push_back(command.name);
  std::string message = fmt::format("unknown command '{}'", name);
  if (const auto meant = nearest(name, names)) message += fmt::format("; did you mean {}?", *meant);
  session.usage(message);
  session.err() << "'certloop --help' lists the commands.\n";
  return kError;
}

int run(std::vector<std::string> arguments, Session& session) {
  const std::vector<Command> all = all_commands();
  std::string name = take_command(arguments);
  bool help = false;
  if (name == "help") {
    help = true;
    name = take_command(arguments);
  }
  if (name.empty()) {
    for (const std::string& argument : arguments)
      if (argument == "--version") return find(all, "version")->run(session);
    Flags flags;
    session.declare_globals(flags);
    if (const auto parsed = flags.parse(arguments); !parsed) return session.fail(parsed.error());
    session.out() << overview(all);
    return kDone;
  }
  const Command* command = find(all, name);
  if (command == nullptr) return unknown(name, all, session);
  Flags flags;
  command->declare(flags);
  session.declare_globals(flags);
  const auto parsed = flags.parse(std::move(arguments));
  if (help || session.wants_help()) {
    session.out() << help_on(*command, flags);
    return kDone;
  }
  if (!parsed) {
    session.fail(parsed.error());
    session.err() << fmt::format("'certloop {} --help' shows how it is used.\n", name);
    return kError;
  }
  session.finish_flags();
  return command->run(session);
}

}  // namespace

std::vector<Command> all_commands() {
  return {apply_command(),    delete_command(),    diff_command(),      explain_command(),
          get_command(),      describe_command(),  events_command(),    wait_command(),
          expiring_command(), choices_command(),   preflight_command(), plan_command(),
          drift_command(),    reconcile_command(), run_command(),       emulator_command(),
          version_command()};
}

int main(const Environment& environment, Program& program) {
  Session session(environment, program);
  const int code = run(environment.arguments, session);
  environment.out.flush();
  environment.err.flush();
  return environment.out.good() || code != kDone ? code : kError;
}

}  // namespace certloop::cli
