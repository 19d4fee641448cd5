#include "api/wire.h"
#include "api/wire_fields.h"

namespace certloop::api {

template <>
struct Fields<AccessKey> {
  static void list(auto& each) {
    each("accessKeyId", &AccessKey::access_key_id);
    each("secretAccessKeyRef", &AccessKey::secret_access_key_ref);
    each("sessionTokenRef", &AccessKey::session_token_ref);
  }
};

template <>
struct Fields<Authentication> {
  static void list(auto& each) {
    using A = Authentication;
    each("accessKey", &A::access_key);
    each("defaultChain", &A::default_chain, Presence{});
    each.in("profile", [](auto& inner) { inner("profileName", &A::profile); });
  }
};

template <>
struct Fields<AssumeRole> {
  static void list(auto& each) {
    each("roleArn", &AssumeRole::role_arn);
    each("externalId", &AssumeRole::external_id);
    each("sessionName", &AssumeRole::session_name);
  }
};

template <>
struct Fields<AccountSpec> {
  static void list(auto& each) {
    using A = AccountSpec;
    each("enabled", &A::enabled);
    each("accountId", &A::account_id);
    each("regions", &A::regions);
    each("authentication", &A::authentication);
    each("assumeRole", &A::assume_role);
    each("reimport", &A::reimport_allowed, Words<bool>{{"Forbidden", "Allowed"}});
    each("allowedNamespaces", &A::allowed_namespaces);
    each("controllerName", &A::controller_name);
    each("endpointUrl", &A::endpoint_url);
    each("endpoints", &A::endpoints);
    each("rates", &A::rates);
    each("management", &A::management, kManagement);
    each("suspendedUntil", &A::suspended_until);
  }
};

// The scope is required on the wire. An Account of this type reaches one AWS account only.
template <>
struct Codec<AccountSpec> : Described<AccountSpec> {
  static Json write(const AccountSpec& spec) {
    Json out = Described<AccountSpec>::write(spec);
    out["scope"] = "Account";
    return out;
  }
};

template <>
struct Fields<AccountStatus> {
  static void list(auto& each) {
    using A = AccountStatus;
    each("observedGeneration", &A::observed_generation);
    each("lastHandledReconcileAt", &A::last_handled_reconcile);
    each("accountId", &A::account_id);
    each("partition", &A::partition);
    each("principal", &A::principal);
    each("missingPermissions", &A::missing_permissions);
    each("conditions", &A::conditions);
  }
};

template <>
Result<Account> read<Account>(const Object& object) {
  return read_kind<Account>(object);
}

Object write(const Account& account) { return write_kind(account); }

}  // namespace certloop::api
