#include "main_prune.h"

#include <fmt/format.h>

#include <utility>

#include "loop/references.h"

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

// Empty: brought by an earlier version, which did not say.
std::string file_of(const api::Object& object) {
  const auto it = object.meta.annotations.find(kSourceFileAnnotation);
  return it == object.meta.annotations.end() ? std::string() : it->second;
}

bool covers(const Doubt& doubt, const std::string& file) {
  if (file.empty()) return true;
  return file == doubt.file || doubt.file.empty() || file.starts_with(doubt.file + "/");
}

}  // namespace

const Doubt* doubt_of(const std::vector<Doubt>& doubts, const std::string& file) {
  for (const Doubt& doubt : doubts)
    if (covers(doubt, file)) return &doubt;
  return nullptr;
}

Result<std::vector<api::Object>> Pruner::brought() const {
  std::vector<api::Object> all;
  for (const Kind kind : kOrder) {
    store::Selector ours{.kind = kind, .labels = std::string(kSourceLabel) + "=" + label_};
    if (request_.only_space) ours.space = request_.space;
    auto page = TRY(edges_.store.list(ours));
    for (auto& object : page.objects) all.push_back(std::move(object));
  }
  return all;
}

void Pruner::count_look(const std::vector<Doubt>& doubts, Instant now) {
  for (auto& [key, absence] : absent_) {
    ++absence.looks;
    if (doubt_of(doubts, absence.file) != nullptr) absence = {now, 0, absence.file};
  }
}

Result<void> Pruner::note(const Found& found, Instant now) {
  const auto brought = TRY(this->brought());
  std::map<Key, Absence> absent;
  std::map<std::string, std::size_t> newly_missing;
  for (const auto& object : brought) {
    if (found.applied.contains(object.key()) || object.meta.deleted || is_protected(object))
      continue;
    const std::string file = file_of(object);
    // What may be in a file that cannot be judged is not missing.
    if (doubt_of(found.doubts, file) != nullptr || found.faulty.contains(object.key())) continue;
    const auto before = absent_.find(object.key());
    if (before == absent_.end()) ++newly_missing[file];
    absent[object.key()] = before == absent_.end() ? Absence{now, 0, file} : before->second;
  }
  absent_ = std::move(absent);
  std::erase_if(spared_, [&](const auto& each) { return !absent_.contains(each.first); });
  tell_of(newly_missing);
  note_held(found, brought);
  return {};
}

void Pruner::tell_of(const std::map<std::string, std::size_t>& newly_missing) const {
  for (const auto& [file, count] : newly_missing)
    edges_.log.info("no longer in the source: will be pruned, unless it comes back within seconds",
                    {{"source", request_.source},
                     {"file", file.empty() ? "not known" : file},
                     {"objects", std::to_string(count)}});
}

// An object may have moved into what cannot be judged: mostly within its namespace. Of a directory
// from which nothing ever came, nobody can say what it would bring.
void Pruner::note_held(const Found& found, const std::vector<api::Object>& brought) {
  held_.clear();
  all_held_.clear();
  for (const Key& key : found.faulty)
    held_.try_emplace(key.space, fmt::format("{} has errors", text_of(key)));
  for (const Doubt& doubt : found.doubts) {
    bool is_known = false;
    for (const auto& object : brought) {
      if (!covers(doubt, file_of(object))) continue;
      is_known = is_known || !file_of(object).empty();
      held_.try_emplace(object.meta.space, doubt.why);
    }
    using Hides = spec::Unread::Hides;
    if (doubt.hides == Hides::rest || (doubt.hides == Hides::directory && !is_known))
      all_held_ = doubt.why;
  }
}

bool Pruner::is_ripe(const Absence& absence, Instant now) const {
  return absence.looks >= kFurtherLooks && now - absence.since >= kLeastAbsence;
}

bool Pruner::is_due(Instant now) const {
  if (now < next_prune_) return false;
  for (const auto& [key, absence] : absent_)
    if (is_ripe(absence, now)) return true;
  return false;
}

// Each namespace is counted by itself, so that nobody stops the others; what is left, in all.
std::map<Key, std::string> Pruner::spared_by_bounds() const {
  std::map<Key, std::string> spared;
  std::map<std::string, std::size_t> missing;
  for (const auto& [key, absence] : absent_) ++missing[key.space];
  std::size_t all = 0;
  for (const auto& [space, count] : missing) {
    std::string why = all_held_;
    if (const auto held = held_.find(space); why.empty() && held != held_.end()) why = held->second;
    if (why.empty() && count > request_.max_deletions)
      why = fmt::format(
          "more objects of namespace {} are missing from the source ({}) than "
          "--max-deletions allows ({})",
          space, count, request_.max_deletions);
    if (why.empty()) all += count;
    for (const auto& [key, absence] : absent_)
      if (!why.empty() && key.space == space) spared[key] = why;
  }
  if (all <= request_.max_total_deletions) return spared;
  const std::string why = fmt::format(
      "more objects are missing from the source in all ({}) than --max-total-deletions allows ({})",
      all, request_.max_total_deletions);
  for (const auto& [key, absence] : absent_) spared.try_emplace(key, why);
  return spared;
}

// What stands by name in a file that cannot be judged may have moved there.
std::map<Key, std::string> Pruner::spared_by_doubt(const Found& found) const {
  std::map<Key, std::string> spared;
  std::set<std::string> names;
  for (const auto& [key, absence] : absent_)
    if (!spared_.contains(key)) names.insert(key.name);
  if (names.empty()) return spared;
  for (const Doubt& doubt : found.doubts) {
    const auto mentioned = found.files.mentioned(doubt.path, names);
    for (const auto& [key, absence] : absent_)
      if (mentioned.contains(key.name)) spared[key] = "it is named there, and " + doubt.why;
  }
  return spared;
}

// Who names what.
Result<std::map<Key, std::string>> Pruner::spared_by_use() const {
  std::map<Key, std::string> spared;
  for (const Kind kind : {Kind::account, Kind::certificate_authority, Kind::certificate,
                          Kind::placement, Kind::hosted_zone}) {
    const auto page = TRY(edges_.store.list({.kind = kind}));
    // What cannot be read may name anything.
    if (!page.unreadable.empty()) return page.unreadable.front().error;
    for (const auto& object : page.objects)
      for (const Key& named : loop::links_of(object).refers)
        if (absent_.contains(named) && loop::holds_up(object, named))
          spared.try_emplace(named, fmt::format("still in use by {}", text_of(object.key())));
  }
  return spared;
}

// Once for each namespace and reason.
void Pruner::tell_of_spared(const std::map<Key, std::string>& before) const {
  std::map<std::pair<std::string, std::string>, std::size_t> news;
  std::set<std::pair<std::string, std::string>> told;
  for (const auto& [key, why] : before) told.emplace(key.space, why);
  for (const auto& [key, why] : spared_)
    if (!told.contains({key.space, why})) ++news[{key.space, why}];
  for (const auto& [about, count] : news)
    edges_.log.warning("not pruned: " + about.second, {{"source", request_.source},
                                                       {"namespace", about.first},
                                                       {"objects", std::to_string(count)}});
}

Result<void> Pruner::prune(const Found& found, Instant now) {
  next_prune_ = now + request_.interval;  // for what is left
  const auto before = std::exchange(spared_, spared_by_bounds());
  spared_.merge(spared_by_doubt(found));
  const auto used = TRY(spared_by_use());
  for (const Kind kind : kOrder) {
    for (const auto& [key, absence] : std::map<Key, Absence>(absent_)) {
      if (key.kind != kind || spared_.contains(key) || !is_ripe(absence, now)) continue;
      if (const auto use = used.find(key); use != used.end()) {
        spared_[key] = use->second;
        continue;
      }
      const auto removed = edges_.store.remove(key, {});
      if (!removed.ok() && removed.error().code() != Code::not_found) return removed.error();
      absent_.erase(key);
      edges_.log.info(
          "pruned",
          {{"object", text_of(key)}, {"source", request_.source}, {"file", absence.file}});
    }
  }
  tell_of_spared(before);
  return {};
}

}  // namespace certloop
