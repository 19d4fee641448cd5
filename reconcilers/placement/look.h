#pragma once
// Private to observe(): the reads of ACM that stand behind an Observed. Each fills its part of it.
// A read that a decision does not need fails into a field of its own and holds up nothing else
// (PROTOCOLS 0, "Optional reads"); the errors returned here are of reads that every decision needs,
// or throttled or cancelled: a turn that has not come and the end of the process tell nothing of
// AWS that could be decided upon or said, so the pass is made again.
#include "reconcilers/placement/placement_reconciler.h"

namespace certloop::placement {

// One look at one placement.
struct Pass {
  const World& world;
  const api::Placement& placement;
  const api::Account& account;
  const estate::Place place;
  aws::Acm& acm;
  Time now;
  Look look;
};

// Whether an error says that the pass must be made again: throttled, cancelled.
bool must_look_again(const Error& error);

// What became of a call whose answer was lost. Errors: those of the listing and of its tags.
Result<void> look_at_open_call(const Pass& pass, Observed& observed);
// What ACM holds under the ARN that we know, or that the spec asks to adopt; its tags and its
// certificate. Errors: those of DescribeCertificate, but for not_found; throttled, cancelled.
Result<void> look_at_certificate(const Pass& pass, Observed& observed);
// What spec.arn names, where the status has another certificate, and whether it may be taken.
// Errors: as above.
Result<void> look_at_named(const Pass& pass, Observed& observed);
// Which other certificates carry our owner tag, and whose the one that we hold is. Errors: those of
// ListTagsForCertificate, where something is about to be made.
Result<void> find_owned(const Pass& pass, Observed& observed);
// Forgets what was read of a certificate that was never ours and may not be taken: another
// namespace's, another spec's. After the others; it decides by what they have found.
void hide_what_may_not_be_taken(Observed& observed);
// The ARNs before this one: those that are gone are forgotten, the others' users are named. Errors:
// throttled, cancelled.
Result<void> look_at_previous(const Pass& pass, Observed& observed);

// Whoever needs a reading is queued when it is there. After a failure everybody comes back at its
// own pace instead, and the reading is tried again soon after the first who does.
void ask_for_reading(const World& world, const estate::Place& place,
                     const api::Placement& placement);

}  // namespace certloop::placement
