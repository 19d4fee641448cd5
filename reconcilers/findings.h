#pragma once
// Private to the survey: how a finding begins, and whether what it is about is done.
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "reconcilers/authority/authority_reconciler.h"
#include "reconcilers/engine.h"
#include "reconcilers/placement/placement_reconciler.h"
#include "reconcilers/zone/plan.h"

namespace certloop {

estate::Place place_of(const api::Placement& placement);

// About the Certificate that the placement is of: whoever reads a report knows that one.
Finding finding_of(const api::Placement& placement);
Finding finding_of(const api::CertificateAuthority& authority);
Finding finding_of(const api::HostedZone& zone);
// What the conditions say of an object that is not compared with AWS.
Finding finding_of(const api::Key& key, const api::Conditions& conditions);

// Whether a plan that is played forward ends with the act: letting go ends every plan, and a wait
// that changes nothing of what is assumed would go on for ever.
bool lets_go(const placement::Action& action);
bool lets_go(const authority::Action& action);
bool ends(const placement::Action& action);
bool ends(const authority::Action& action);

// Finding::settled, by what the loop would conclude of a look of now. Pure; nothing is stored.
bool is_settled(api::Placement placement, const placement::Observed& observed,
                const placement::Plan& todo, Time now);
bool is_settled(api::CertificateAuthority authority, const authority::Observed& observed,
                const authority::Plan& todo, Time now);
// The certificates that the plan deletes, though AWS still has them: no CA waits for those.
// What a plan begins by taking over can be looked at for real, so nothing of it is assumed.
template <class Action>
std::optional<std::string> taken_over(const std::optional<Action>& action) {
  using TakeOver = std::conditional_t<std::is_same_v<Action, placement::Action>,
                                      placement::TakeOver, authority::TakeOver>;
  if (!action || !std::holds_alternative<TakeOver>(*action)) return std::nullopt;
  return std::get<TakeOver>(*action).arn;
}

// Where a request waits for its records, a plan without them is not whole.
void note_unread_zones(const placement::Observed& end, Finding& finding);

std::set<std::string> certificates_to_go(const std::vector<Finding>& findings);
// Why records of the zone are not as they must be although nothing can be written; empty: they are.
std::string trouble_of(const zone::Observed& observed, const zone::Plan& todo);

}  // namespace certloop
