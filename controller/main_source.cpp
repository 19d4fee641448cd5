#include "main_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/digest.h"
#include "base/text.h"

namespace certloop {
namespace {

using api::Key;
using api::Kind;
using std::chrono::seconds;

constexpr const char* kManager = "certloop";
constexpr Duration kBetweenLooks = seconds(1);
constexpr Duration kFirstRetry = seconds(1);
constexpr int kPatience = 5;  // failures in a row after which nobody waits for a better one
constexpr Kind kKinds[] = {Kind::certificate, Kind::certificate_authority, Kind::account,
                           Kind::secret};

// Remembers what was read, by its digest, and reads nothing more once the process is to end.
class ReadFiles final : public spec::Files {
 public:
  ReadFiles(const spec::Files& behind, std::stop_token stop)
      : behind_(behind), stop_(std::move(stop)) {}

  Result<spec::FileState> state(const std::string& path) const override {
    TRY(go_on());
    return behind_.state(path);
  }
  Result<std::string> real_path(const std::string& path) const override {
    TRY(go_on());
    return behind_.real_path(path);
  }
  Result<std::vector<std::string>> list(const std::string& path,
                                        std::size_t max_names) const override {
    TRY(go_on());
    return behind_.list(path, max_names);
  }
  Result<std::string> read(const std::string& path, std::size_t max_bytes,
                           const spec::FileState* expected) const override {
    TRY(go_on());
    auto text = behind_.read(path, max_bytes, expected);
    digest_ = sha256_hex(digest_ + path + '\n' + sha256_hex(text.ok() ? *text : "unreadable"));
    return text;
  }
  const std::string& digest() const { return digest_; }

 private:
  Result<void> go_on() const {
    if (stop_.stop_requested()) return Error(Code::cancelled, "stopped while reading the source");
    return {};
  }

  const spec::Files& behind_;
  const std::stop_token stop_;
  mutable std::string digest_;
};

// What a source wants of an object, as the store has it.
std::string digest_of(const api::Object& object) {
  std::string all = object.body.text();
  for (const auto* texts : {&object.meta.labels, &object.meta.annotations})
    for (const auto& [name, value] : *texts) all += '\n' + name + '=' + value;
  return sha256_hex(all);
}

}  // namespace

SpecSource::SpecSource(SourceEdges edges, const cli::RunRequest& request)
    : edges_(std::move(edges)),
      request_(request),
      label_(sha256_hex(std::filesystem::absolute(request.source).string()).substr(0, 16)) {}

SpecSource::Sight SpecSource::glance() const {
  spec::Walk walk = spec::walk(files_, request_.source, request_.recursive);
  Sight sight;
  sight.files = std::move(walk.files);
  for (const Error& error : walk.errors) sight.errors.push_back(error.message());
  return sight;
}

// Reads and checks everything, and completes the sight.
Result<SpecSource::Objects> SpecSource::read(Sight& sight) const {
  const ReadFiles files(files_, edges_.stop);
  auto loaded = spec::load(files, {.paths = {request_.source},
                                   .recursive = request_.recursive,
                                   .space = request_.space,
                                   .only_space = request_.only_space,
                                   .allowed_endpoints = request_.engine.allow_endpoints});
  sight.digest = files.digest();
  return loaded;
}

void SpecSource::take_in() {
  const Instant now = edges_.clock.tick();
  if (now < next_look_ || edges_.stop.stop_requested()) return;
  next_look_ = now + kBetweenLooks;
  Sight sight = glance();
  const bool unchanged =
      seen_ && is_confirmed_ && seen_->files == sight.files && seen_->errors == sight.errors;
  if (unchanged && !is_due(now)) return;
  const Result<Objects> loaded = read(sight);
  if (edges_.stop.stop_requested()) return;
  const bool same = seen_ && seen_->digest == sight.digest && seen_->errors == sight.errors;
  seen_ = std::move(sight);
  if (!same) {
    is_confirmed_ = is_in_force_ = false;
    failures_ = 0;
    return;
  }
  is_confirmed_ = true;
  work(now, loaded);
}

// Whether there is something to do although the files have not changed.
bool SpecSource::is_due(Instant now) {
  if (!is_in_force_) return now >= next_try_;
  for (auto& [key, absence] : absent_) ++absence.looks;
  if (now >= next_try_ || something_was_removed()) {
    if (!is_as_applied()) return true;
    next_try_ = now + request_.interval;
  }
  return may_prune(now);
}

void SpecSource::work(Instant now, const Result<Objects>& loaded) {
  if (!loaded.ok()) return fail(loaded.error(), now);
  if (!is_in_force_ || !is_as_applied()) {
    if (const auto applied = apply(*loaded); !applied.ok()) return fail(applied.error(), now);
    edges_.log.info("specs applied", {{"source", request_.source},
                                      {"objects", std::to_string(loaded->size())}});
    next_try_ = now + request_.interval;
  }
  is_in_force_ = true;
  failures_ = 0;
  fault_.reset();
  if (!request_.prune) return;
  Result<void> pruned = note_absences(now);
  if (pruned.ok() && may_prune(now)) pruned = prune(now);
  if (!pruned.ok()) fail(pruned.error(), now);
}

void SpecSource::fail(const Error& error, Instant now) {
  if (error.code() == Code::cancelled) return;
  is_in_force_ = false;
  absent_.clear();
  // At most a doubling for each power of two that the interval holds.
  const Duration wait = kFirstRetry * (1LL << std::min(failures_++, 20));
  next_try_ = now + std::min(wait, request_.interval);
  const bool is_new = !fault_ || fault_->message() != error.message();
  fault_ = error;
  if (is_new)
    edges_.log.error("source not applied; still using the specs applied before",
                     {{"source", request_.source}, {"error", error.message()}});
}

Result<bool> SpecSource::is_settled() const {
  const bool may_pass = fault_ && failures_ < kPatience &&
                        (fault_->code() == Code::unavailable || fault_->code() == Code::internal);
  if (is_confirmed_ && fault_ && !may_pass) return *fault_;
  return is_in_force_ && absent_.size() == spared_.size();
}

// Whether the store has everything as it was applied, and none of it marked for deletion.
bool SpecSource::is_as_applied() const {
  std::size_t found = 0;
  for (const Kind kind : kKinds) {
    const auto page = edges_.store.list({.kind = kind});
    if (!page.ok()) return false;
    for (const auto& object : page->objects) {
      const auto it = applied_.find(object.key());
      if (it == applied_.end()) continue;
      if (object.meta.deleted || digest_of(object) != it->second) return false;
      ++found;
    }
  }
  return found == applied_.size();
}

// True as well where that is not known.
bool SpecSource::something_was_removed() {
  bool removed = watches_.empty();
  for (auto& [kind, watch] : watches_) {
    const auto events = watch->poll();
    if (!events.ok()) removed = true;
    if (!events.ok()) continue;
    for (const auto& event : *events)
      if (event.type == store::Event::Type::removed && applied_.contains(event.object.key()))
        removed = true;
  }
  if (removed && !watch_for_removals().ok()) watches_.clear();
  return removed;
}

Result<void> SpecSource::watch_for_removals() {
  for (const Kind kind : kKinds) {
    const auto page = TRY(edges_.store.list({.kind = kind, .limit = 1}));
    watches_[kind] = TRY(edges_.store.watch(kind, page.version));
  }
  return {};
}

// All or none, as far as a rehearsal can tell.
Result<void> SpecSource::rehearse(const Objects& loaded) const {
  std::vector<std::string> refused;
  Code code = Code::invalid;
  for (const auto& each : loaded) {
    if (edges_.stop.stop_requested()) return Error(Code::cancelled, "stopped");
    auto wanted = each.object;
    wanted.meta.labels[kSourceLabel] = label_;
    const auto would =
        edges_.store.apply(wanted, {.manager = kManager, .force = false, .dry_run = true});
    if (would.ok()) continue;
    code = would.error().code();
    if (code != Code::invalid && code != Code::conflict) return would.error();
    refused.push_back(fmt::format("{}:{}: {}", each.file, each.line, would.error().message()));
  }
  if (refused.empty()) return {};
  return Error(code, join(refused, "\n"));
}

Result<void> SpecSource::apply(const Objects& loaded) {
  TRY(rehearse(loaded));
  TRY(watch_for_removals());
  std::map<Key, std::string> applied;
  for (const auto& each : loaded) {
    if (edges_.stop.stop_requested()) return Error(Code::cancelled, "stopped");
    auto wanted = each.object;
    wanted.meta.labels[kSourceLabel] = label_;
    applied[wanted.key()] = digest_of(TRY(put(wanted)));
  }
  applied_ = std::move(applied);
  return {};
}

// An object that waits for its deletion and is wanted again is not deleted.
Result<api::Object> SpecSource::put(const api::Object& wanted) {
  auto object = TRY(
      edges_.store.apply(wanted, {.manager = kManager, .force = false, .dry_run = false}));
  if (!object.meta.deleted) return object;
  object = TRY(edges_.store.revive(object));
  edges_.log.info("revived: the source has it again", {{"object", text_of(object.key())}});
  return object;
}

}  // namespace certloop
