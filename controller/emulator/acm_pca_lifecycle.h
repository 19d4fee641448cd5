#pragma once
// The states of a certificate authority and the ways between them, as a function of events and
// time. Plain value; nothing here asks a clock.
//   CREATING -> PENDING_CERTIFICATE -> ACTIVE <-> DISABLED; ACTIVE or DISABLED -> EXPIRED when the
//   CA certificate ends; a new certificate leads back to where it came from. DELETED stands over
//   all of them until the restore window ends, then the CA is gone. CREATING -> FAILED.
// Source: AWS Private CA User Guide, "Update a private CA"; API reference,
// DeleteCertificateAuthority, RestoreCertificateAuthority.
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace certloop::emulator {

enum class AuthorityStatus {
  creating,
  pending_certificate,
  active,
  disabled,
  expired,
  deleted,
  failed
};

std::string_view name_of(AuthorityStatus status);  // "PENDING_CERTIFICATE"

struct AuthorityLifecycle {
  Time created_at{};
  Time ready_at{};  // CREATING until then
  bool fails = false;
  std::optional<Time> not_after;  // of the installed certificate
  bool disabled = false;
  struct Deletion {
    Time at{};
    Time restorable_until{};
  };
  std::optional<Deletion> deletion;
  Time changed_at{};  // the last transition that a call caused

  AuthorityStatus status(Time now) const;
  // When the present status began.
  Time since(Time now) const;
  // The restore window is over, or there never was one: nobody can see the CA any more.
  bool is_gone(Time now) const;

  // Whether a call that does this is allowed in the present status.
  bool can_install(Time now) const;  // PENDING_CERTIFICATE, ACTIVE, EXPIRED
  bool can_update(Time now) const;   // ACTIVE, DISABLED
  bool can_delete(Time now) const;   // every one but ACTIVE and DELETED
  bool can_revoke(Time now) const;   // ACTIVE, DISABLED

  // Transitions; the caller has asked first.
  void install(Time certificate_not_after, Time now);
  void set_disabled(bool value, Time now);
  void erase(int restorable_days, Time now);
  void restore(Time now);

 private:
  AuthorityStatus status_undeleted(Time now) const;
};

}  // namespace certloop::emulator
