#include "main_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/digest.h"
#include "base/text.h"
#include "loop/references.h"

namespace certloop {
namespace {

using api::Key;
using api::Kind;
using std::chrono::seconds;

constexpr const char* kManager = "certloop";
constexpr Duration kBetweenLooks = seconds(1);
constexpr Duration kFirstRetry = seconds(1);
constexpr std::size_t kMaxTold = 200;  // of what is held up; more helps nobody
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
  const ReadFiles files(files_, edges_.stop);
  spec::Walk walk = spec::walk(files, request_.source, request_.recursive);
  Sight sight;
  sight.files = std::move(walk.files);
  for (const Error& error : walk.errors) sight.errors.push_back(error.message());
  return sight;
}

// Reads and checks everything, and completes the sight.
spec::Reading SpecSource::read(Sight& sight) const {
  const ReadFiles files(files_, edges_.stop);
  spec::LoadOptions options;
  options.paths = {request_.source};
  options.recursive = request_.recursive;
  options.space = request_.space;
  options.only_space = request_.only_space;
  options.allowed_endpoints = request_.engine.allow_endpoints;
  options.goes_on = [this] { return !edges_.stop.stop_requested(); };
  spec::Reading reading = spec::load_what_is_good(files, options);
  sight.digest = files.digest();
  return reading;
}

void SpecSource::take_in() {
  const Instant now = edges_.clock.tick();
  if (now < next_look_ || edges_.stop.stop_requested()) return;
  next_look_ = now + kBetweenLooks;
  Sight sight = glance();
  if (edges_.stop.stop_requested()) return;
  const bool unchanged =
      seen_ && is_confirmed_ && seen_->files == sight.files && seen_->errors == sight.errors;
  if (unchanged && !is_due(now)) return;
  spec::Reading reading = read(sight);
  if (edges_.stop.stop_requested()) return;
  const bool same = seen_ && seen_->digest == sight.digest && seen_->errors == sight.errors;
  seen_ = std::move(sight);
  if (!same) {
    is_confirmed_ = is_in_force_ = false;
    failures_ = 0;
    return;
  }
  is_confirmed_ = true;
  work(now, std::move(reading));
}

// Whether there is something to do although the files have not changed.
bool SpecSource::is_due(Instant now) {
  if (!is_in_force_) return now >= next_try_;
  for (auto& [key, absence] : absent_) ++absence.looks;
  if (now >= next_try_ || something_was_removed()) {
    if (fault_ || !is_as_applied()) return true;
    next_try_ = now + request_.interval;
  }
  return may_prune(now);
}

void SpecSource::work(Instant now, spec::Reading reading) {
  if (reading.error && reading.objects.empty()) return fail(*reading.error, now);
  const bool is_news = !is_in_force_ || !is_as_applied();
  if (is_news || fault_) {
    if (const auto applied = apply(reading); !applied.ok()) return fail(applied.error(), now);
    if (is_news)
      edges_.log.info("specs applied", {{"source", request_.source},
                                        {"objects", std::to_string(reading.objects.size())}});
    next_try_ = now + request_.interval;
  }
  is_in_force_ = true;
  if (reading.error) return put_off(*reading.error, now);
  failures_ = 0;
  fault_.reset();
  if (!request_.prune) return;
  Result<void> pruned = note_absences(now);
  if (pruned.ok() && may_prune(now)) pruned = prune(now);
  if (!pruned.ok()) fail(pruned.error(), now);
}

// Nothing, or only a part, could be applied.
void SpecSource::fail(const Error& error, Instant now) {
  if (error.code() == Code::cancelled) return;
  is_in_force_ = false;
  put_off(error, now);
}

// What is wrong is tried again with back-off, and meanwhile nothing is taken for absent.
void SpecSource::put_off(const Error& error, Instant now) {
  absent_.clear();
  // At most a doubling for each power of two that the interval holds.
  const Duration wait = kFirstRetry * (1LL << std::min(failures_++, 20));
  next_try_ = now + std::min(wait, request_.interval);
  const bool is_new = !fault_ || fault_->message() != error.message();
  fault_ = error;
  if (is_new)
    edges_.log.error(is_in_force_
                         ? "errors in the source; still using the specs applied before for what "
                           "they concern"
                         : "source not applied; still using the specs applied before",
                     {{"source", request_.source}, {"error", error.message()}});
}

Result<bool> SpecSource::is_settled() const {
  const bool may_pass = fault_ && failures_ < kPatience &&
                        (fault_->code() == Code::unavailable || fault_->code() == Code::internal);
  if (is_confirmed_ && fault_ && !may_pass) return *fault_;
  return is_in_force_ && !fault_ && absent_.size() == spared_.size();
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

// Takes out of the reading what the store would refuse, and what refers to anything faulty.
Result<void> SpecSource::rehearse(spec::Reading& reading) const {
  std::vector<std::string> refused;
  const auto refuse = [&](const spec::LoadedObject& each, const std::string& why) {
    if (refused.size() < kMaxTold)
      refused.push_back(fmt::format("{}:{}: {}", each.file, each.line, why));
    else if (refused.size() == kMaxTold)
      refused.emplace_back("(there is more; correct these first)");
    reading.faulty.insert(each.object.key());
    return true;
  };
  Result<void> failure;
  std::erase_if(reading.objects, [&](const spec::LoadedObject& each) {
    if (failure.ok() && edges_.stop.stop_requested()) failure = Error(Code::cancelled, "stopped");
    if (!failure.ok()) return false;
    auto wanted = each.object;
    wanted.meta.labels[kSourceLabel] = label_;
    const auto would =
        edges_.store.apply(wanted, {.manager = kManager, .force = false, .dry_run = true});
    if (would.ok()) return false;
    const Error& error = would.error();
    if (error.code() == Code::invalid || error.code() == Code::conflict)
      return refuse(each, error.message());
    failure = error;
    return false;
  });
  TRY(failure);
  // What is held up may be referred to in its turn.
  const auto waits = [&](const spec::LoadedObject& each) {
    for (const Key& named : loop::links_of(each.object).refers)
      if (reading.faulty.contains(named))
        return refuse(each, fmt::format("{}: refers to {}, which has errors",
                                        text_of(each.object.key()), text_of(named)));
    return false;
  };
  while (!reading.faulty.empty() && std::erase_if(reading.objects, waits) > 0) {
  }
  if (refused.empty()) return {};
  const std::string before = reading.error ? reading.error->message() + '\n' : std::string();
  reading.error =
      Error(reading.error ? reading.error->code() : Code::invalid, before + join(refused, "\n"));
  return {};
}

Result<void> SpecSource::apply(spec::Reading& reading) {
  TRY(rehearse(reading));
  TRY(watch_for_removals());
  std::map<Key, std::string> applied;
  for (const auto& each : reading.objects) {
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
  auto object =
      TRY(edges_.store.apply(wanted, {.manager = kManager, .force = false, .dry_run = false}));
  if (!object.meta.deleted) return object;
  object = TRY(edges_.store.revive(object));
  edges_.log.info("revived: the source has it again", {{"object", text_of(object.key())}});
  return object;
}

}  // namespace certloop
