#pragma once
// A command: how it is called, what its help teaches, and what it does. One file each.
#include <functional>
#include <string>
#include <vector>

#include "cli/session.h"

namespace certloop::cli {

struct Command {
  std::string name;
  std::string summary;   // one line, for the overview
  std::string usage;     // behind "certloop "
  std::string about;     // paragraphs
  std::string examples;  // lines: "# what it does" and the command below it
  std::function<void(Flags&)> declare;
  std::function<int(Session&)> run;  // answers the exit code
};

Command apply_command();
Command get_command();
Command describe_command();
Command delete_command();
Command wait_command();
Command events_command();
Command diff_command();
Command plan_command();
Command drift_command();
Command expiring_command();
Command run_command();
Command explain_command();
Command preflight_command();
Command choices_command();
Command reconcile_command();
Command emulator_command();
Command version_command();

// Fresh ones: a command holds the values of its flags.
std::vector<Command> all_commands();

}  // namespace certloop::cli
