#pragma once
// IssueCertificate's Validity and ValidityNotBefore as instants. Pure; thread-safe.
// Source: AWS Private CA API reference, Validity.
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "emulator/answer.h"

namespace certloop::emulator {

struct Validity {
  std::string type;  // END_DATE, ABSOLUTE, DAYS, MONTHS, YEARS
  std::int64_t value = 0;
};

// The end: END_DATE is YYMMDDHHMMSS (years from 50 are 19xx) or YYYYMMDDHHMMSS, UTC; ABSOLUTE is
// epoch seconds; the others count from `now`, months and years by the calendar (31 January and a
// month: 28 February). Whole seconds. Errors: ValidationException (no such date, not after now).
Answer<Time> end_of(const Validity& validity, Time now);

// The beginning: one hour before `now`, or ABSOLUTE. Errors: ValidationException.
Answer<Time> beginning_of(const Validity* validity, Time now);

}  // namespace certloop::emulator
