// What the source brought and lacks now.
#include <fmt/format.h>

#include "loop/references.h"
#include "main_source.h"

namespace certloop {
namespace {

using api::Key;
using api::Kind;
using std::chrono::seconds;

constexpr const char* kPruneAnnotation = "certloop.dev/prune";
constexpr int kFurtherLooks = 2;
constexpr Duration kLeastAbsence = seconds(10);
// What uses others goes before what it uses.
constexpr Kind kOrder[] = {Kind::certificate, Kind::certificate_authority, Kind::account,
                           Kind::secret};

bool is_protected(const api::Object& object) {
  const auto it = object.meta.annotations.find(kPruneAnnotation);
  return it != object.meta.annotations.end() && it->second == "disabled";
}

}  // namespace

Result<void> SpecSource::note_absences(Instant now) {
  std::map<Key, Absence> absent;
  for (const Kind kind : kOrder) {
    store::Selector ours{.kind = kind, .labels = std::string(kSourceLabel) + "=" + label_};
    if (request_.only_space) ours.space = request_.space;
    const auto page = TRY(edges_.store.list(ours));
    for (const auto& object : page.objects) {
      if (applied_.contains(object.key()) || object.meta.deleted || is_protected(object)) continue;
      const auto before = absent_.find(object.key());
      absent[object.key()] = before == absent_.end() ? Absence{now, 0} : before->second;
    }
  }
  absent_ = std::move(absent);
  std::erase_if(spared_, [&](const auto& each) { return !absent_.contains(each.first); });
  return {};
}

bool SpecSource::is_ripe(const Absence& absence, Instant now) const {
  return absence.looks >= kFurtherLooks && now - absence.since >= kLeastAbsence;
}

bool SpecSource::may_prune(Instant now) const {
  if (now < next_prune_) return false;
  for (const auto& [key, absence] : absent_)
    if (is_ripe(absence, now)) return true;
  return false;
}

// Who names what: one of them for each object that is named.
Result<std::map<Key, Key>> SpecSource::referrers() const {
  std::map<Key, Key> referrers;
  for (const Kind kind : {Kind::account, Kind::certificate_authority, Kind::certificate,
                          Kind::placement, Kind::hosted_zone}) {
    const auto page = TRY(edges_.store.list({.kind = kind}));
    // What cannot be read may name anything.
    if (!page.unreadable.empty()) return page.unreadable.front().error;
    for (const auto& object : page.objects)
      for (const Key& named : loop::links_of(object).refers)
        referrers.try_emplace(named, object.key());
  }
  return referrers;
}

Result<void> SpecSource::prune(Instant now) {
  next_prune_ = now + request_.interval;  // for what is left
  if (absent_.size() > request_.max_deletions) {
    if (!refuses_to_prune_)
      edges_.log.error("nothing pruned: more objects are missing from the source than "
                       "--max-deletions allows",
                       {{"source", request_.source},
                        {"missing", std::to_string(absent_.size())},
                        {"maxDeletions", std::to_string(request_.max_deletions)}});
    refuses_to_prune_ = true;
    for (const auto& [key, absence] : absent_) spared_[key] = "--max-deletions";
    return {};
  }
  refuses_to_prune_ = false;
  const auto referrers = TRY(this->referrers());
  for (const Kind kind : kOrder) {
    for (const auto& [key, absence] : std::map<Key, Absence>(absent_)) {
      if (key.kind != kind || !is_ripe(absence, now)) continue;
      if (const auto user = referrers.find(key); user != referrers.end()) {
        const std::string why = text_of(user->second);
        if (spared_[key] != why)
          edges_.log.info("not pruned yet: still in use",
                          {{"object", text_of(key)}, {"usedBy", why}});
        spared_[key] = why;
        continue;
      }
      const auto removed = edges_.store.remove(key, {});
      if (!removed.ok() && removed.error().code() != Code::not_found) return removed.error();
      absent_.erase(key);
      spared_.erase(key);
      edges_.log.info("pruned", {{"object", text_of(key)}, {"source", request_.source}});
    }
  }
  return {};
}

}  // namespace certloop
