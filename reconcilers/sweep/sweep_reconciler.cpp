#include "reconcilers/sweep/sweep_reconciler.h"

#include "base/digest.h"

namespace certloop::sweep {
namespace {

using loop::Next;

// Managed pairs; those with work pending are asked for sooner by the placements themselves.
constexpr Duration kEvery = std::chrono::minutes(5);

// The same for a place at every run, and different between places, so that they do not beat.
Duration jitter(const api::Key& key) {
  return std::chrono::milliseconds(static_cast<unsigned char>(sha256(text_of(key))[0]) * 100);
}

}  // namespace

api::Key key_of(const estate::Place& place) {
  return {api::Kind::account, place.space, place.account + "/" + place.region};
}

estate::Place place_of(const api::Key& key) {
  const auto slash = key.name.find('/');
  return {key.space, key.name.substr(0, slash), key.name.substr(slash + 1)};
}

Result<Next> SweepReconciler::reconcile(const api::Key& key) {
  auto swept = sweep(key);
  if (swept.ok()) return swept;
  // Nobody edits a place: whatever refused the reading (an account's policy, one odd answer) may
  // heal without our being told. So every failure backs off as one that passes, to 15 minutes.
  switch (swept.error().code()) {
    case Code::invalid:
    case Code::denied:
    case Code::exhausted:
      return Error(Code::unavailable, swept.error().message()).because(swept.error().reason());
    default: return swept;
  }
}

Result<Next> SweepReconciler::sweep(const api::Key& key) {
  const estate::Place place = place_of(key);
  // Whoever makes a placement there adds the key again.
  if (!needed_(place)) return Next::gone();
  const auto access = TRY(connect::access(
      store_, connections_, place.space, {place.account, place.space}, place.region, clock_.now()));
  if (!access.account) estate_.forget(place.space, place.account);
  // Its users say why it cannot be used; the reading waits for the day when it can.
  if (access.refusal || !access.connection) return Next::retry();
  TRY(estate_.sweep(place, connect::source_of(*access.account),
                    access.connection->acm(place.region),
                    access.connection->tagging(place.region)));
  return Next::after(kEvery + jitter(key));
}

}  // namespace certloop::sweep
