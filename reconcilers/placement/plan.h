#pragma once
// What to do about one certificate in one (account, region). Pure: no clock, no calls, no chance;
// it mints no token and no name. The loop, diff, plan, drift and the simulation all ask here.
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/difference.h"
#include "ledger/corrections.h"
#include "reconcilers/placement/observed.h"

namespace certloop::placement {

// The next act, if one is due. At most one is carried out in a pass.
struct RequestCertificate {};  // from the spec; the old ARN, if any, becomes a previous one
struct ImportCertificate {
  std::string arn;  // empty: under a new ARN
};
struct AddTags {
  std::string arn;
  api::Tags tags;
  bool adopts = false;  // these are our owner tags
};
struct RemoveTags {
  std::string arn;
  std::vector<std::string> keys;
  bool releases = false;  // these are our owner tags: the last act before letting go
};
struct DeleteCertificate {
  std::string arn;
};
// Settles an open call whose answer was lost (PROTOCOLS 1).
struct Recover {
  ledger::Recovery how;
};
// Takes a certificate that carries our tags into the status; changes nothing in AWS.
struct TakeOver {
  std::string arn;
};
// The finalizer may go: nothing of ours is left in AWS.
struct LetGo {};
// AWS itself is at work, or time is: look again then. What waits for a person, or for whoever uses
// a certificate, is a Decision without an action (Decision::again).
struct Wait {
  Duration wait;
};
using Action = std::variant<RequestCertificate, ImportCertificate, AddTags, RemoveTags,
                            DeleteCertificate, Recover, TakeOver, LetGo, Wait>;

// The one decision of a pass, with the words that the condition and the plan show.
struct Decision {
  std::optional<Action> action;  // absent: nothing can be done (stalled) or nothing needs to be
  std::string because;  // Missing, SpecChanged, Drift, SourceChanged, Superseded, Deleted, Recovery
  std::string reason;   // of the condition Ready while this is so
  std::string message;
  bool stalled = false;
  // Stalled, but what the certificate serves for is as the spec says: AWS could not be asked, or
  // somebody outside keeps changing a tag. It stays as ready as it was.
  bool serves_on = false;
  // Without an action: when to look whether somebody has done something about it. Absent: what it
  // waits for is an object, whose change wakes the placement.
  std::optional<Duration> again = {};
  // Of a plan that is played forward: when the action will be due. Absent: as soon as may be.
  std::optional<Time> due = {};
};
// A decision to do nothing but look again then.
Decision waits_for_others(Duration again, std::string because, std::string reason,
                          std::string message);

// Which fields the act puts right, as paths of differences; none if it does something else.
std::vector<std::string> corrected_by(const Decision& decision);
// What it puts there, where the spec does not tell: which certificate the Secret holds now.
ledger::Wishes wishes_of(const Observed& observed);

// The status once `arn` has taken the place of the certificate before, which stays until nothing
// has used it for the spec's grace.
api::PlacementStatus with_arn(const api::PlacementStatus& before,
                              const api::CertificateRequestSpec& spec, const Observed& observed,
                              const std::string& arn, Time now);

// The reason of letting go of what has left something in ACM that carries our tags.
inline constexpr std::string_view kLeftInAcm = "LeftInAcm";

struct Plan {
  std::vector<api::Difference> differences;
  Decision decision;
};

Plan plan(const api::Placement& placement, const Observed& observed, Time now);

// Why what carries another owner tag, or ours with another uid, is not taken.
Problem owned_by_another(const Observed& observed, const std::string& what,
                         const std::string& owner);
Problem of_another_state(const Observed& observed, const std::string& arn, const std::string& uid);

// Whether our tags are missing from, or stale on, an ARN that is ours by our own record and that
// nobody else claims: somebody took them off, and they come back (PROTOCOLS 0, "Ownership tags").
bool lost_our_mark(const api::Placement& placement, const Observed& observed);
// Whether the ARN that a call of ours was answered with stood there before the call.
bool is_older_than_our_call(const api::PlacementStatus& known);

// Whether carrying the action out changes something in AWS.
bool changes_aws(const Action& action);
// Whether it touches a certificate that exists, so that one live look must come first
// (PROTOCOLS 2).
bool needs_live_look(const Action& action);

// How the action would change what is known. `step` numbers the plan's steps, for values that AWS
// chooses: "(known after step 3)".
Observed assume(const api::Placement& placement, Observed observed, const Action& action, int step,
                Time now);

// The action as a step of a plan.
api::Step step_of(const api::Placement& placement, const Observed& observed, const Action& action,
                  const Decision& decision);

// The key algorithm that will be asked for: the spec's, or the one that follows from the CA.
std::string wanted_key_algorithm(const api::CertificateRequestSpec& spec, const Observed& observed);
// domainName and additionalNames, normalised, without duplicates, the domain name first.
std::vector<std::string> wanted_names(const api::CertificateRequestSpec& spec);
// Whether a request or an import of ours was answered within the last two minutes: then no answer
// says that the certificate does not exist (PROTOCOLS 0).
bool is_young(const api::PlacementStatus& known, Time now);
// The name that the validation record of a domain is for: a wildcard shares its base's.
std::string base_domain(const std::string& domain);
// The spec's tags and our three. `intent` may be empty in a plan.
api::Tags wanted_tags(const api::Placement& placement, const Observed& observed,
                      const std::string& intent);

}  // namespace certloop::placement
