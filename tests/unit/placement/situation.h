#pragma once
// What the planner is asked about in these tests: a placement and what was observed of it.
#include <functional>
#include <string>
#include <vector>

#include "reconcilers/placement/plan.h"

namespace certloop::placement {

inline const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
inline const std::string kArn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
inline const std::string kOldArn = "arn:aws:acm:us-east-1:123456789012:certificate/0";
inline const std::string kUid = "uid-of-shop";
inline const std::string kOwner = "default/default/shop";

struct Situation {
  api::Placement placement;
  Observed observed;

  api::PlacementStatus& known() { return observed.known; }
  const api::PlacementStatus& known() const { return observed.known; }
  void set_tag(const std::string& key, const std::string& value) { known().tags[key] = value; }
};

// A public certificate of Amazon's that serves, is ours, was read live, and is as its spec says.
Situation serving();
// The same imported from a Secret that holds just this certificate.
Situation serving_imported();
// The same by a private CA that is ACTIVE.
Situation serving_private();
// Nothing is there, and nothing was ever requested.
void make_absent(Situation& situation);
// The ARN `kOldArn` was replaced so long ago.
OldCertificate& add_previous(Situation& situation, Duration ago);
// A certificate in ACM that carries our owner tag and this uid, and fits the spec.
void add_candidate(Situation& situation, const std::string& uid);

Decision decide(const Situation& situation);
// "RequestCertificate", "Wait", ...; "nothing" without an action.
std::string name_of(const Decision& decision);
std::string name_of(const Action& action);

// One row of a rule's table: a sentence, what makes the situation, and what is then decided.
struct Row {
  const char* when;
  std::function<Situation()> make;
  const char* reason;
  const char* action;  // name_of(); "stalled" for nothing because only a person can help
};
void expect_decisions(const std::vector<Row>& rows);

}  // namespace certloop::placement
