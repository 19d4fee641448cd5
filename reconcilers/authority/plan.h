#pragma once
// What to do about one certificate authority in ACM PCA. Pure: no clock, no calls, no chance. The
// loop, diff, plan, drift and the simulation all ask here.
//
// The planner is total (PROTOCOLS 0): over every status of ACM PCA, management mode and presence,
// either a rule acts, or it waits for something named that is looked at again, or it says what a
// person has to do, or the CA is as the spec says. No ended status waits.
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/certificate_authority.h"
#include "api/difference.h"
#include "aws/acm_pca.h"
#include "base/clock.h"
#include "base/error.h"
#include "frame/problem.h"
#include "ledger/recovery.h"

namespace certloop::authority {

using frame::Problem;

// A CA that carries our owner tag and is not the one in the status.
struct Candidate {
  std::string arn, uid, intent, status;
  std::optional<Time> created;
};

// Absent is proven: Describe does not know the ARN, a complete listing begun after that answer
// lacks it, and our own call did not just make it. Unknown: as long as one of these is open.
enum class Presence { absent, present, unknown };

// The CA's own certificate, on its way from the CSR to the import.
enum class Issuance {
  none,     // not asked for
  running,  // AWS is still signing, or could not be asked
  issued,   // can be fetched
  failed    // AWS gave up, or knows nothing of it long after it was asked for
};

// Reads that failed. Each holds up only what needs it.
struct Unread {
  std::optional<Error> tags;         // whose the CA is, tags that differ
  std::optional<Error> permissions;  // whether ACM may renew
  std::optional<Error> chain;        // status.certificate, status.chain
  std::optional<Error> issued;       // the certificate to import
  std::optional<Error> others;       // the other CAs of the region, and whose they are
  std::optional<Error> dependants;   // which certificates in ACM it issued
  std::optional<Error> open_call;    // what became of a call whose answer was lost
  // The first of them; null if all was read.
  const Error* first() const;
};

// Everything resolved before the decision; observe.cpp gathers it.
struct Observed {
  api::Management management = api::Management::enforce;
  std::optional<Problem> account;           // the account cannot be used
  std::optional<Problem> creation_refused;  // it serves what exists, but makes nothing new
  std::string account_id;                   // of the AWS account
  api::CertificateAuthorityStatus known;
  aws::CertificateAuthorityDetail detail;  // as just described; empty unless present
  Presence presence = Presence::unknown;
  // The ARN is one that we made, took over or adopted before this pass: tags that it lacks are
  // drift. Otherwise marking it is an adoption.
  bool in_ledger = false;
  bool tags_known = false;  // read in this pass; otherwise known.tags are those of the last reading
  std::vector<Candidate> owned;
  std::optional<std::string> foreign_owner;  // whose owner tag it carries, if not ours
  bool may_take_over = false;  // the operator says that the other state under our name is lost
  Issuance issuance = Issuance::none;
  bool permissions_known = false;
  std::vector<std::string> dependants;  // certificates that name this CA
  // Those in ACM that it issued, and that are nobody's here: read before it is deleted.
  std::vector<std::string> foreign_dependants;
  std::string installation;
  std::optional<ledger::Recovery> recovery;
  Unread unread;
};

struct CreateAuthority {};
struct IssueRootCertificate {};  // by the CA itself, from its CSR
struct ImportCertificate {};     // the one just issued: the CA becomes ACTIVE
struct CreatePermission {};      // for ACM, so that it can renew what it issued
struct TagAuthority {
  std::map<std::string, std::string> tags;
  bool adopts = false;
};
struct UntagAuthority {
  std::vector<std::string> keys;
  bool releases = false;
};
struct UpdateRevocation {};
struct EnableAuthority {};
struct DisableAuthority {};
struct DeleteAuthority {
  std::string arn;
};
struct RestoreAuthority {};
struct Recover {
  ledger::Recovery how;
};
struct TakeOver {
  std::string arn;
};
struct LetGo {};
struct Wait {
  Duration wait;
  // It ends by what others do, or by a reading that may come out either way: a plan ends here.
  bool for_others = false;
};
using Action =
    std::variant<CreateAuthority, IssueRootCertificate, ImportCertificate, CreatePermission,
                 TagAuthority, UntagAuthority, UpdateRevocation, EnableAuthority, DisableAuthority,
                 DeleteAuthority, RestoreAuthority, Recover, TakeOver, LetGo, Wait>;

// The one decision of a pass, with the words that the condition and the plan show.
struct Decision {
  std::optional<Action> action;
  std::string because, reason, message;
  bool stalled = false;
  // Stalled, but it signs as the spec says: AWS could not be asked, or somebody outside keeps
  // changing a tag. It stays as ready as it was.
  bool serves_on = false;
};

// Which fields the act puts right, as paths of differences; none if it does something else.
std::vector<std::string> corrected_by(const Decision& decision);

struct Plan {
  std::vector<api::Difference> differences;
  Decision decision;
};

Plan plan(const api::CertificateAuthority& authority, const Observed& observed, Time now);
bool changes_aws(const Action& action);
Observed assume(const api::CertificateAuthority& authority, Observed observed, const Action& action,
                int step, Time now);
api::Step step_of(const api::CertificateAuthority& authority, const Observed& observed,
                  const Action& action, const Decision& decision);

std::vector<api::Difference> differences(const api::CertificateAuthority& authority,
                                         const Observed& observed);

// What could not be read of it, so that a report does not call it compared; absent: all was read.
std::optional<Error> unread(const Observed& observed);

// The spec in AWS's words; `token` is added by whoever sends it.
aws::CreateCertificateAuthority wanted(const api::CertificateAuthority& authority,
                                       const Observed& observed, const std::string& intent);
std::string signing_algorithm(const api::AcmPcaSpec& spec);
std::map<std::string, std::string> owner_tags(const api::CertificateAuthority& authority,
                                              const Observed& observed);
// What the annotation certloop.dev/confirm must hold before the CA is deleted.
std::string deletion_digest(const api::CertificateAuthority& authority, const std::string& arn);
// How long after that many failures in a row the next attempt begins.
Duration attempt_wait(std::int64_t failed_attempts);
// AWS has deleted it and cannot restore it any more.
bool is_lost(const Observed& observed, Time now);

}  // namespace certloop::authority
