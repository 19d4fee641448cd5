#pragma once
// Private to pki: names between plain values and their encodings in certificates and requests.
#include "base/result.h"
#include "pki/names.h"
#include "pki/openssl.h"

namespace certloop::pki {

// Errors: invalid (an attribute type or value that cannot be encoded; the type is named).
Result<NameOwner> encode(const DistinguishedName& name);
DistinguishedName decode(const X509_NAME* name);

// Null for no names. Unicode domain names become A-labels.
// Errors: invalid (a name that cannot be encoded; its kind and position are named).
Result<GeneralNamesOwner> encode(const AlternativeNames& names);
// Directory names and other kinds that AlternativeNames lacks are left out.
// Errors: invalid (an address of impossible length, a name with a zero byte).
Result<AlternativeNames> decode(const GENERAL_NAMES* names);

}  // namespace certloop::pki
