#pragma once
// What spec.allowedNamespaces lets in. Pure.
#include <optional>
#include <string>
#include <vector>

#include "api/account.h"

namespace certloop::connect {

// What somebody wants to use a target for. What is empty is not concerned: a global service has no
// region, a certificate by a CA no hosted zone.
struct Use {
  std::string region = {};
  std::string account_id = {};  // of the AWS account in which it is used
  // The names that it is for. Absent: it is for no name (a bulk reading). Empty: it is for names
  // that are not known, which no limit of domains allows.
  std::optional<std::vector<std::string>> domains = {};
  // Names of other kinds that come with it (IP and e-mail addresses, URIs, directory names), as
  // they are shown: no limit of domains allows any.
  std::vector<std::string> other_names = {};
  std::string hosted_zone = {};  // its id
  // To make, adopt, change or delete a CA. It can sign any name: where a grant limits the domains,
  // the grant must allow `authorities` too.
  bool authority = false;
};

// Whether an object of namespace `from` may use so what stands in namespace `target` under these
// grants. Its own namespace always may. One grant must allow all of the use; an absent limit means
// all. A domain limit holds for the name and what is below it; as "*.name" only for what is below.
bool admits(const std::vector<api::AllowedNamespace>& grants, const std::string& target,
            const std::string& from, const Use& use);

}  // namespace certloop::connect
