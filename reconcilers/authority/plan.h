#pragma once
// What to do about one certificate authority in ACM PCA. Pure: no clock, no calls, no chance. The
// loop, diff, plan, drift and the simulation all ask here.
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/certificate_authority.h"
#include "api/difference.h"
#include "aws/acm_pca.h"
#include "base/clock.h"
#include "ledger/recovery.h"

namespace certloop::authority {

// Why something cannot be done: what a condition will say.
struct Problem {
  std::string reason, message;
  bool stalled = false;
  bool operator==(const Problem&) const = default;
};

// A CA that carries our owner tag and is not the one in the status.
struct Candidate {
  std::string arn, uid, intent, status;
  std::optional<Time> created;
};

enum class Presence { absent, present, unknown };

// Everything resolved before the decision; observe.cpp gathers it.
struct Observed {
  api::Management management = api::Management::enforce;
  std::optional<Problem> account;  // the account cannot be used
  api::CertificateAuthorityStatus known;
  aws::CertificateAuthorityDetail detail;  // as just described; empty unless present
  Presence presence = Presence::unknown;
  std::vector<Candidate> owned;
  std::optional<std::string> foreign_owner;  // whose tag stands on it, if not ours
  bool certificate_ready = false;  // the CA certificate has been issued and can be fetched
  bool permissions_known = false;
  std::vector<std::string> dependants;  // certificates that name this CA
  std::string installation;
  std::optional<ledger::Recovery> recovery;
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
};

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

// The spec in AWS's words; `token` is added by whoever sends it.
aws::CreateCertificateAuthority wanted(const api::CertificateAuthority& authority,
                                       const Observed& observed, const std::string& intent);
std::string signing_algorithm(const api::AcmPcaSpec& spec);
std::map<std::string, std::string> owner_tags(const api::CertificateAuthority& authority,
                                              const Observed& observed);
// What the annotation certloop.dev/confirm must hold before the CA is deleted.
std::string deletion_digest(const api::CertificateAuthority& authority, const std::string& arn);

}  // namespace certloop::authority
