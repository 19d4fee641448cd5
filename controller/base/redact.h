#pragma once
// The one redactor through which errors of libraries, of AWS and of parsers pass before they become
// messages: they quote what they were given, and that may be a credential (SECURITY, "Every foreign
// string"). It knows forms, not values, so it is the second line of defence: whoever knows a secret
// keeps it out of messages. Pure functions; thread-safe.
#include <string>
#include <string_view>

namespace certloop {

// The text with "***" in place of what could be secret:
// - user information in URLs, also in those that are not well-formed;
// - what stands behind the name of a secret field and "=" or ":" (Authorization, X-Amz-Signature,
//   secretAccessKey, password, SessionToken, ...), to the end of the value; and what AWS quotes in
//   "Value '...' at 'passphrase'";
// - what follows Bearer; JSON web tokens;
// - private keys in PEM;
// - 40 or more characters of base64 in a row, if they have capitals, small letters and digits.
// ARNs stay, also those with an '@', and names of fields. Text beyond 8 KiB is cut at a space.
std::string redacted(std::string_view text);

// Whether a field, header or variable of this name may hold a secret. Upper case, hyphens and
// underscores make no difference. A reference to a secret (secretRef) is not one.
bool is_secret_name(std::string_view name);

}  // namespace certloop
