#pragma once
// What a Certificate does: it makes its placements, follows its spec with them, takes them along
// when it goes, and says in one place how they fare. It makes no AWS call of its own. Pure.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/certificate.h"
#include "api/placement.h"
#include "base/error.h"

namespace certloop::certificate {

inline constexpr std::string_view kFinalizer = "certloop.dev/certificate";
inline constexpr std::string_view kPlacementFinalizer = "certloop.dev/placement";

// Everything resolved before the decision; the reconciler gathers it from the store alone.
struct Observed {
  std::vector<api::Placement> placements;  // those that this certificate owns
  // Objects of the names that the placements would have, but of another owner.
  std::vector<std::string> name_clashes;
  // Why a placement could not be read: whether it is there is not known then, and nothing is made,
  // changed or removed.
  std::optional<Error> unreadable;
};

struct AddFinalizer {};
struct MakePlacement {
  api::Placement placement;
};
struct ChangePlacement {
  api::Placement placement;  // as it should be
};
struct RemovePlacement {
  api::Key key;
};
// It was to go, and is wanted again before it went.
struct RevivePlacement {
  api::Placement placement;  // as it was read
};
// Somebody asks for a fresh look at the certificate: so at each of its placements and zones.
struct PassRequestOn {
  std::string request;       // api::kReconcileRequested
  std::vector<api::Key> to;  // in this order
};
struct LetGo {};  // the last placement is gone: so may the certificate
using Action = std::variant<AddFinalizer, MakePlacement, ChangePlacement, RemovePlacement,
                            RevivePlacement, PassRequestOn, LetGo>;

struct Plan {
  std::vector<Action> actions;  // all store writes: carried out in one pass
  std::optional<api::Condition> stalled;
};

Plan plan(const api::Certificate& certificate, const Observed& observed);

// One certificate in one (account, region): "shop.prod.us-east-1". The name is derived, so that two
// processes make the same object; one that would be too long is cut and ends with a digest of it.
std::vector<api::Placement> wanted_placements(const api::Certificate& certificate);

// The certificate's status, summed up from its placements'. Ready is as the placements last knew
// it, until notAfter has passed; where one cannot be read, all stays as it was and InSync is
// Unknown.
api::CertificateStatus summed_up(const api::Certificate& certificate, const Observed& observed,
                                 const Plan& plan, Time now);

}  // namespace certloop::certificate
