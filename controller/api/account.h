#pragma once
// Account: a connection to AWS (KINDS.md). Plain values.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/condition.h"
#include "api/object.h"
#include "api/reference.h"

namespace certloop::api {

struct AccessKey {
  std::string access_key_id;
  SecretKeyReference secret_access_key_ref;
  std::optional<SecretKeyReference> session_token_ref;
  bool operator==(const AccessKey&) const = default;
};

// Exactly one member is set (schema/ refuses the rest).
struct Authentication {
  std::optional<AccessKey> access_key;
  bool default_chain = false;
  std::optional<std::string> profile;  // profileName
  bool operator==(const Authentication&) const = default;
};

struct AssumeRole {
  std::string role_arn, external_id, session_name;
  bool operator==(const AssumeRole&) const = default;
};

// An absent limit (an empty list) means all.
struct AllowedNamespace {
  std::vector<std::string> names, account_ids, regions, domains, hosted_zones;
  // Of an Account: CAs may be made, adopted and deleted although `domains` limits the names; a CA
  // can sign anything.
  bool authorities = false;
  bool operator==(const AllowedNamespace&) const = default;
};

struct AccountSpec {
  bool enabled = true;
  std::string account_id;  // empty: whatever the caller identity says
  std::vector<std::string> regions;
  Authentication authentication;
  std::optional<AssumeRole> assume_role;
  bool reimport_allowed = true;
  std::vector<AllowedNamespace> allowed_namespaces;
  std::string controller_name = "default";
  std::string endpoint_url;                      // for every service
  std::map<std::string, std::string> endpoints;  // by service: "acm", "acm-pca", "sts", ...
  std::map<std::string, std::map<std::string, double>> rates;  // service, operation: per second
  Management management = Management::enforce;
  std::optional<Time> suspended_until;
  bool operator==(const AccountSpec&) const = default;
};

struct AccountStatus {
  std::int64_t observed_generation = 0;
  std::string last_handled_reconcile;            // see kReconcileRequested
  std::string account_id, partition, principal;  // as sts:GetCallerIdentity answered
  std::vector<std::string> missing_permissions;
  Conditions conditions;
  bool operator==(const AccountStatus&) const = default;
};

struct Account {
  static constexpr Kind kind = Kind::account;
  Metadata meta;
  AccountSpec spec;
  AccountStatus status;
  Key key() const { return {kind, meta.space, meta.name}; }
};

}  // namespace certloop::api
