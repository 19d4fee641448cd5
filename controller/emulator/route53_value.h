#pragma once
// Whether a record's value is one of its type. Pure; thread-safe.
// Source: Route 53 Developer Guide, "Supported DNS record types"; problems as the service words
// them.
#include <string>

namespace certloop::emulator {

// "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"; empty for a good value, and for
// types whose values are not looked into (NAPTR, SVCB, HTTPS, TLSA, SSHFP, DS).
std::string record_value_problem(const std::string& type, const std::string& value);

}  // namespace certloop::emulator
