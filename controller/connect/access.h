#pragma once
// May this object use that account, and how? The one gate before every call to AWS: it looks at
// whether the account exists, is enabled, is meant for this controller, is Ready, lists the region,
// lets the namespace in, and has credentials of the AWS account that it is known to be; and says in
// words what is wrong. An Account that is being deleted goes on serving what exists, so that it can
// be kept and cleaned up; nothing new is made with it.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/account.h"
#include "api/pending.h"
#include "connect/connection.h"
#include "store/store.h"

namespace certloop::connect {

class Connections;

// Why an account cannot be used: what a condition says.
struct Refusal {
  std::string
      reason;  // ReferenceNotFound, AccountDisabled, AccountNotReady, RegionNotInAccount, ...
  std::string message;   // with the remedy
  bool stalled = false;  // only an edit of a spec can help
};

struct Access {
  std::optional<api::Account> account;     // absent: there is no such object
  std::shared_ptr<Connection> connection;  // set if there is no refusal
  std::optional<Refusal> refusal;
  // Set where what exists may be read, kept and deleted, but nothing may be made anew: the Account
  // is being deleted. Whoever is about to create something stops with it.
  std::optional<Refusal> creation_refusal;
  // The account's management: it caps that of everything that uses it.
  api::Management management = api::Management::enforce;
};

// `from` is the namespace of the object that refers; `region` may be empty for global services;
// `domains` are those that the account is wanted for: absent where it is for no name, and not empty
// otherwise (grants.h).
// Errors: those of the store, and of connecting where a retry can help (unavailable).
Result<Access> access(const store::Store& store, Connections& connections, const std::string& from,
                      const api::Reference& account, const std::string& region, Time now,
                      const std::optional<std::vector<std::string>>& domains = std::nullopt);

// The same for a CA, which can sign any name.
Result<Access> access_for_authority(const store::Store& store, Connections& connections,
                                    const std::string& from, const api::Reference& account,
                                    const std::string& region, Time now);

// What is wrong where `arn`, which an object has of this account, is another AWS account's: the
// account's credentials have changed. What AWS answers then ("there is none") says nothing about
// it.
std::optional<Refusal> is_elsewhere(const api::Account& account, const std::string& arn);

// The same for an open call: whatever it made is in the AWS account that it was sent to.
std::optional<Refusal> was_sent_elsewhere(const api::Account& account,
                                          const api::PendingCall& call);

// The number of the AWS account that an object stands for; empty as long as nobody has asked AWS.
const std::string& account_id_of(const api::Account& account);

// What the object stands for, in one text: its AWS account and the endpoints that it names. What
// was read through an object that says something else now says nothing about this one.
std::string source_of(const api::Account& account);

// The stricter of the two. A suspension that has ended counts as Enforce.
api::Management effective(api::Management own, const std::optional<Time>& suspended_until,
                          api::Management account, Time now);

// How long an object with that suspendedUntil may rest: `most`, or less where its suspension ends
// before that.
Duration rest_until_resumed(const std::optional<Time>& suspended_until, Duration most, Time now);

}  // namespace certloop::connect
