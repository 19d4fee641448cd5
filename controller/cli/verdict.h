#pragma once
// What a report makes of the exit code: --exit-code and --detailed-exitcode of diff, plan, drift.
#include "cli/session.h"
#include "report/coverage.h"

namespace certloop::cli {

struct Verdict {
  bool exit_code = true;
  bool detailed = false;

  void declare(Flags& flags);
  // What could not be read is never taken for "no difference", whatever the flags say.
  int code(report::Exit exit) const;
};

}  // namespace certloop::cli
