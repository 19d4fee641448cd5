#pragma once
// What the placement reconciler knows before it decides: everything resolved, nothing pending.
// observe.cpp gathers it, plan.cpp reads it, assume.cpp says how an action would change it.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/placement.h"
#include "base/clock.h"
#include "base/error.h"
#include "frame/problem.h"
#include "ledger/recovery.h"

namespace certloop::placement {

using frame::Problem;

// The CA that the spec names, as its object's status tells.
struct Authority {
  std::string name;  // "payments/corp-root"
  std::string arn, status, key_algorithm, usage_mode, region;
  std::optional<Time> not_after;
  std::string denied = {};  // why AWS does not let us view it; empty: it does
  bool goes = false;        // its object is being deleted: nothing new is issued by it
};

// Whatever a certificate names: a grant of domains must cover the first, and covers none of the
// others.
struct Names {
  std::vector<std::string> domains;  // DNS names, and the common names of its subject
  std::vector<std::string> others;   // as they are shown: "IP address 10.0.0.1"
};

// The certificate that stands in the Secret of an imported certificate; never its key.
struct Source {
  std::string secret;        // "payments/shop-tls"
  std::string fingerprint;   // SHA-256 of the leaf
  std::string chain_digest;  // of its chain, as pki::digest_of()
  bool has_chain = false;    // without one, whatever chain ACM has will do
  std::string serial, key_algorithm;
  std::vector<std::string> names;  // the DNS names that it serves
  Names all_names;                 // whatever it names
  std::vector<std::string> key_usages, extended_key_usages;
  Time not_before{}, not_after{};
};

// A certificate in ACM that carries our owner tag and is not the one in the status.
struct Candidate {
  std::string arn;
  std::string uid;     // its certloop.dev/uid
  std::string intent;  // its certloop.dev/intent
  std::vector<std::string> names;
  std::string status, key_algorithm, type;
  std::optional<Time> created;
};

// An ARN before this one, as it is now.
struct OldCertificate : api::PreviousArn {
  std::optional<Error> unread = {};  // why it could not be looked at: then it counts as in use
  bool grace_is_over = false;        // in plans that are played forward
};

// The certificate that spec.arn names, where the status has another one.
struct Named {
  Candidate certificate;
  std::optional<Problem> refused = {};  // it does not exist, or may not be taken
};

// `absent` of an ARN that we had: two readings agree (PROTOCOLS 0). `unknown`: one says so, or
// nobody has looked.
enum class Presence { absent, present, unknown };

// The reason where spec.arn names a certificate of another AWS account than the Account is.
inline constexpr std::string_view kArnElsewhere = "ArnOfAnotherAccount";

// ACM may not show everywhere yet what it answered this short a time ago.
inline constexpr Duration kYoung = std::chrono::minutes(2);

struct Observed {
  // The Certificate says something else by now, and its reconciler has yet to pass it on.
  bool outdated = false;
  // The effective management: the strictest of the spec's and the account's.
  api::Management management = api::Management::enforce;
  std::optional<Problem> account;    // the account cannot be used
  std::optional<Problem> reference;  // the CA or the Secret is missing or unusable
  // The account's limits do not cover the names of the certificate that ACM holds: it is neither
  // adopted, marked, changed nor deleted (SECURITY, "A grant limits what is touched").
  std::optional<Problem> grant;
  // A grant limits the names, and ACM does not tell yet which ones the certificate has that it was
  // asked for a moment ago: then they are waited for.
  bool names_are_awaited = false;
  // What spec.arn names was never ours and may not be taken (`grant`, `foreign_owner` or
  // `foreign_uid` says why): nothing of it is shown, so `known` has but its ARN.
  bool adoption_refused = false;
  std::optional<std::string> foreign_uid;  // on what carries our owner tag
  std::optional<Problem> retiring;  // the account is being deleted: nothing new is made with it
  std::optional<Authority> authority;
  std::optional<Source> source;

  // What we know of the certificate: the status, brought up to date as far as this pass read.
  api::PlacementStatus known;
  Presence presence = Presence::unknown;  // of known.arn
  bool tags_known = false;                // known.tags is what ACM has, not a guess
  bool live = false;  // known was read from ACM in this very pass, tags included
  // Somebody has asked for a fresh look (`certloop reconcile`): failures and contests are
  // forgotten.
  bool asked_afresh = false;
  bool estate_read = false;  // a complete reading of the (account, region) stands behind `owned`
  // The last complete reading was begun a moment ago: what only a listing tells (whether a
  // certificate was exported) is as it is now.
  bool listing_is_recent = false;
  bool stale = false;             // neither the place nor the certificate was read for too long
  std::optional<Time> confirmed;  // when one of the two was last read
  std::vector<Candidate> owned;
  std::optional<Named> named;                // what spec.arn names, where that is another one
  std::optional<std::string> foreign_owner;  // another installation's or spec's owner tag on it
  std::vector<OldCertificate> previous;      // those already gone left out

  // Reads that failed, and that only some decisions need: those wait, the others do not.
  std::optional<Error> tags_unread;         // of known.arn
  std::optional<Error> certificate_unread;  // GetCertificate

  std::string installation;
  std::string account_id;              // of the AWS account
  bool takes_over_lost_state = false;  // the operator said so
  bool reimport_allowed = true;        // by the account
  // What the ledger says about the open call, if there is one.
  std::optional<ledger::Recovery> recovery;
  // What keeps the records that we need from being in place, where a zone has been chosen for them.
  std::vector<std::string> record_conflicts;
  // Why hosted zones could not be read, or those that the spec names are not there: holds up only a
  // certificate that waits for a record without a zone.
  std::optional<Problem> zones_unreadable;
  std::string zone_warning;  // several zones have the name of the one that was chosen
  // Of the zones that were chosen in this pass: "example.com." by "namespace/name".
  std::map<std::string, std::string> zone_domains;
  // Validation records that ACM has given this AWS account before, by base_domain(): it gives the
  // same again (PROTOCOLS 4). Only plans that are played forward need them.
  std::map<std::string, api::ValidationRecord> shared_records;
};

}  // namespace certloop::placement
