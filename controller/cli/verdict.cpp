#include "cli/verdict.h"

namespace certloop::cli {

void Verdict::declare(Flags& flags) {
  flags.toggle("--exit-code", exit_code, "Exit with 1 if there is a difference; default: true.");
  flags.toggle("--detailed-exitcode", detailed,
               "Terraform's numbers: 0 no difference, 1 error, 2 a difference.");
}

int Verdict::code(report::Exit exit) const {
  switch (exit) {
    case report::Exit::done: return 0;
    case report::Exit::difference: return detailed ? 2 : exit_code ? kDifference : kDone;
    case report::Exit::unread: return detailed ? 1 : kUnread;
    case report::Exit::refused: return detailed ? 1 : kRefused;
    case report::Exit::error: break;
  }
  return detailed ? 1 : kError;
}

}  // namespace certloop::cli
