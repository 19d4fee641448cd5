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
  const estate::Place place = place_of(key);
  if (!needed_(place)) return Next::on_change();
  const auto access = TRY(connect::access(
      store_, connections_, place.space, {place.account, place.space}, place.region, clock_.now()));
  if (!access.account) estate_.forget(place.space, place.account);
  // Its users ask again once the account can be used.
  if (access.refusal || !access.connection) return Next::on_change();
  TRY(estate_.sweep(place, access.connection->acm(place.region),
                    access.connection->tagging(place.region)));
  return Next::after(kEvery + jitter(key));
}

}  // namespace certloop::sweep
