#include "main_fresh_look.h"

#include <set>
#include <utility>

#include "api/wire.h"
#include "loop/references.h"
#include "store/request_reconcile.h"

namespace certloop {
namespace {

using api::Kind;

constexpr std::size_t kNever = 99;

std::size_t stage_of(Kind kind) {
  switch (kind) {
    case Kind::account: return 0;
    case Kind::certificate_authority: return 1;
    case Kind::certificate:
    case Kind::placement:
    case Kind::hosted_zone: return 2;
    case Kind::zone_record:  // looked at with its zone
    case Kind::secret:
    case Kind::event: break;
  }
  return kNever;
}

template <class T>
bool waits(const api::Object& object) {
  const auto typed = api::read<T>(object);
  return typed.ok() && api::asks_afresh(*typed);
}

}  // namespace

bool waits_for_fresh_look(const api::Object& object) {
  switch (object.kind) {
    case Kind::account: return waits<api::Account>(object);
    case Kind::certificate_authority: return waits<api::CertificateAuthority>(object);
    case Kind::certificate: return waits<api::Certificate>(object);
    case Kind::placement: return waits<api::Placement>(object);
    case Kind::hosted_zone: return waits<api::HostedZone>(object);
    case Kind::zone_record:
    case Kind::secret:
    case Kind::event: break;
  }
  return false;
}

Result<FreshLook> FreshLook::at(const store::Store& store, const std::vector<api::Key>& keys,
                                std::string request) {
  FreshLook look;
  look.request_ = std::move(request);
  std::set<api::Key> seen;
  std::vector<api::Key> open = keys;
  while (!open.empty()) {
    const api::Key key = open.back();
    open.pop_back();
    const std::size_t stage = stage_of(key.kind);
    if (stage == kNever || !seen.insert(key).second) continue;
    const auto object = store.get(key);
    if (!object.ok() && object.error().code() == Code::not_found) continue;
    TRY(object);
    look.stages_.at(stage).push_back(key);
    for (auto& referred : loop::links_of(*object).refers) open.push_back(std::move(referred));
  }
  return look;
}

Result<bool> FreshLook::advance(store::Store& store) {
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    if (stage == asked_) {
      for (const api::Key& key : stages_.at(stage))
        TRY(store::request_reconcile(store, key, request_));
      ++asked_;
    }
    for (const api::Key& key : stages_.at(stage)) {
      const auto object = store.get(key);
      if (!object.ok() && object.error().code() == Code::not_found) continue;
      TRY(object);
      if (waits_for_fresh_look(*object)) return false;
    }
  }
  return true;
}

Result<void> FreshLook::ask_for_all(store::Store& store) {
  for (; asked_ < kStages; ++asked_)
    for (const api::Key& key : stages_.at(asked_))
      TRY(store::request_reconcile(store, key, request_));
  return {};
}

}  // namespace certloop
