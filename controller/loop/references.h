#pragma once
// Which objects name which: what the informer indexes. Thread-safe; pure but for users_of. An
// object whose spec cannot be read names nothing; its reconciler will say what is wrong with it.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/object.h"
#include "api/placement.h"
#include "base/result.h"
#include "store/store.h"

namespace certloop::loop {

// What an object has to do with others.
struct Links {
  // What it needs in order to be reconciled: the Account, the CertificateAuthority, the Secrets
  // that its spec names, each once. References to other namespaces count; whether they are allowed
  // is the reconciler's question.
  std::vector<api::Key> refers;
  // Who must look when it changes: its owners, and for a Placement the HostedZones that keep its
  // validation records (status.validation[].hostedZone, "namespace/name").
  std::vector<api::Key> concerns;
  // The Account whose workers and rates reconciling it uses: "payments/prod". An Account's own is
  // itself. Empty for kinds that use none.
  std::string account;
};

Links links_of(const api::Object& object);
// The same, for those who have read it already.
Links links_of(const api::Placement& placement);

// Which Accounts, CertificateAuthorities, Certificates and Placements name each of these objects in
// their spec, so that it cannot go before them; those that nobody names are not in the answer, and
// from another namespace only who has something in AWS holds it up. One
// pass over the store, however many are asked for. HostedZones hold nobody: they are the
// controller's own. Error: the store's.
Result<std::map<api::Key, std::vector<api::Key>>> users_of(const store::Store& store,
                                                           const std::set<api::Key>& objects);

// Whether an object that names another one keeps it from going. A reference into another namespace
// may have been refused: whoever may only write YAML in his own keeps nothing there that he has
// nothing through.
bool holds_up(const api::Object& user, const api::Key& named);

}  // namespace certloop::loop
