#pragma once
// Between the store's objects and the typed kinds: the one place where field names are spelled.
#include "api/account.h"
#include "api/certificate.h"
#include "api/certificate_authority.h"
#include "api/object.h"
#include "api/placement.h"
#include "base/result.h"

namespace certloop::api {

// Reads a typed object. Unset fields get the type's defaults. `internal` if a field has another
// type than the schema says: what stands in the store has passed it.
template <class T>
Result<T> read(const Object& object);
template <>
Result<Account> read<Account>(const Object& object);
template <>
Result<CertificateAuthority> read<CertificateAuthority>(const Object& object);
template <>
Result<Certificate> read<Certificate>(const Object& object);
template <>
Result<Placement> read<Placement>(const Object& object);
template <>
Result<HostedZone> read<HostedZone>(const Object& object);
template <>
Result<ZoneRecord> read<ZoneRecord>(const Object& object);

// Writes metadata, spec and status. Default values are left out.
Object write(const Account& account);
Object write(const CertificateAuthority& authority);
Object write(const Certificate& certificate);
Object write(const Placement& placement);
Object write(const HostedZone& zone);
Object write(const ZoneRecord& record);

}  // namespace certloop::api
