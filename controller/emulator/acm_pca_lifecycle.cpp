#include "emulator/acm_pca_lifecycle.h"

#include <algorithm>

namespace certloop::emulator {

std::string_view name_of(AuthorityStatus status) {
  switch (status) {
    case AuthorityStatus::creating: return "CREATING";
    case AuthorityStatus::pending_certificate: return "PENDING_CERTIFICATE";
    case AuthorityStatus::active: return "ACTIVE";
    case AuthorityStatus::disabled: return "DISABLED";
    case AuthorityStatus::expired: return "EXPIRED";
    case AuthorityStatus::deleted: return "DELETED";
    case AuthorityStatus::failed: return "FAILED";
  }
  return "";
}

AuthorityStatus AuthorityLifecycle::status_undeleted(Time now) const {
  if (now < ready_at) return AuthorityStatus::creating;
  if (fails) return AuthorityStatus::failed;
  if (!not_after) return AuthorityStatus::pending_certificate;
  if (now >= *not_after) return AuthorityStatus::expired;
  return disabled ? AuthorityStatus::disabled : AuthorityStatus::active;
}

AuthorityStatus AuthorityLifecycle::status(Time now) const {
  return deletion ? AuthorityStatus::deleted : status_undeleted(now);
}

Time AuthorityLifecycle::since(Time now) const {
  Time latest = std::max(created_at, changed_at);
  if (deletion) return latest;
  if (now >= ready_at) latest = std::max(latest, ready_at);
  if (not_after && now >= *not_after) latest = std::max(latest, *not_after);
  return latest;
}

bool AuthorityLifecycle::is_gone(Time now) const {
  return deletion && now >= deletion->restorable_until;
}

bool AuthorityLifecycle::can_install(Time now) const {
  const AuthorityStatus present = status(now);
  return present == AuthorityStatus::pending_certificate || present == AuthorityStatus::active ||
         present == AuthorityStatus::expired;
}

bool AuthorityLifecycle::can_update(Time now) const {
  const AuthorityStatus present = status(now);
  return present == AuthorityStatus::active || present == AuthorityStatus::disabled;
}

bool AuthorityLifecycle::can_delete(Time now) const {
  const AuthorityStatus present = status(now);
  return present != AuthorityStatus::active && present != AuthorityStatus::deleted;
}

bool AuthorityLifecycle::can_revoke(Time now) const { return can_update(now); }

void AuthorityLifecycle::install(Time certificate_not_after, Time now) {
  not_after = certificate_not_after;
  changed_at = now;
}

void AuthorityLifecycle::set_disabled(bool value, Time now) {
  if (disabled == value) return;
  disabled = value;
  changed_at = now;
}

void AuthorityLifecycle::erase(int restorable_days, Time now) {
  const AuthorityStatus present = status(now);
  const bool restorable =
      present != AuthorityStatus::creating && present != AuthorityStatus::failed;
  deletion = Deletion{now, restorable ? now + std::chrono::hours(24 * restorable_days) : now};
  changed_at = now;
}

void AuthorityLifecycle::restore(Time now) {
  deletion.reset();
  changed_at = now;
}

}  // namespace certloop::emulator
