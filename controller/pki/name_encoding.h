#pragma once
// Private to pki: names between plain values and their encodings in certificates and requests.
#include "base/result.h"
#include "pki/names.h"
#include "pki/openssl.h"

namespace certloop::pki {

// Errors: invalid (an attribute type or value that cannot be encoded; the type is named).
Result<NameOwner> encode(const DistinguishedName& name);
// A value that is not plain text (control characters, longer than kMaxNameBytes) comes as its bytes
// in hexadecimal, as RFC 4514 writes them, cut to that length. Errors: invalid (more than kMaxNames
// attributes).
Result<DistinguishedName> decode(const X509_NAME* name);

// Null for no names. Unicode domain names become A-labels.
// Errors: invalid (a name that cannot be encoded; its kind and position are named).
Result<GeneralNamesOwner> encode(const AlternativeNames& names);
// Directory names and other kinds that AlternativeNames has no list for become text in `other`.
// Errors: invalid (more than kMaxNames; an address of impossible length; a name that is too long,
// not UTF-8, or holds control characters, a zero byte among them).
Result<AlternativeNames> decode(const GENERAL_NAMES* names);

}  // namespace certloop::pki
