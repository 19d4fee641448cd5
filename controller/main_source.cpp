#include "main_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/digest.h"
#include "base/text.h"
#include "loop/references.h"
#include "spec/faults.h"

namespace certloop {
namespace {

using api::Key;
using api::Kind;
using std::chrono::seconds;

constexpr const char* kManager = "certloop";
constexpr Duration kBetweenLooks = seconds(1);
constexpr Duration kFirstRetry = seconds(1);
constexpr int kMaxRestlessLooks = 5;  // after which somebody is told
constexpr int kPatience = 5;          // failures in a row after which nobody waits for a better one
constexpr Kind kKinds[] = {Kind::certificate, Kind::certificate_authority, Kind::account,
                           Kind::secret};

// What a source wants of an object, as the store has it.
std::string digest_of(const api::Object& object) {
  std::string all = object.body.text();
  for (const auto* texts : {&object.meta.labels, &object.meta.annotations})
    for (const auto& [name, value] : *texts) all += '\n' + name + '=' + value;
  return sha256_hex(all);
}

void add_faults(spec::Reading& reading, std::vector<std::string> lines) {
  if (lines.empty()) return;
  if (reading.error) lines.insert(lines.begin(), reading.error->message());
  reading.error = Error(reading.error ? reading.error->code() : Code::invalid, join(lines, "\n"));
}

}  // namespace

SpecSource::SpecSource(SourceEdges edges, const cli::RunRequest& request)
    : edges_(std::move(edges)),
      request_(request),
      label_(sha256_hex(std::filesystem::absolute(request.source).string()).substr(0, 16)),
      sight_(files_, request.source, request.recursive, edges_.stop),
      pruner_(edges_, request, label_) {}

SpecSource::CameFrom SpecSource::files_of(const std::vector<api::Object>& brought) {
  CameFrom files;
  for (const auto& object : brought)
    if (const auto it = object.meta.annotations.find(kSourceFileAnnotation);
        it != object.meta.annotations.end())
      files[object.key()] = it->second;
  return files;
}

// Reads and checks everything that counts.
spec::Reading SpecSource::read(const CameFrom& came_from) {
  spec::LoadOptions options;
  options.space = request_.space;
  options.only_space = request_.only_space;
  options.allowed_endpoints = request_.engine.allow_endpoints;
  options.max_documents = edges_.max_documents;
  options.came_from = [&](const Key& key, const std::string& file) {
    const auto it = came_from.find(key);
    return it != came_from.end() && it->second == below_source(file);
  };
  spec::Reading reading = sight_.read(options);
  version_ = sight_.version();
  return reading;
}

void SpecSource::take_in() {
  const Instant now = edges_.clock.tick();
  if (now < next_look_ || edges_.stop.stop_requested()) return;
  next_look_ = now + kBetweenLooks;
  if (!sight_.look().ok()) return;
  tell_of_restless_files();
  pruner_.count_look(doubts(faulty_files_), now);
  if (version_ != sight_.version()) {
    version_ = sight_.version();
    is_in_force_ = false;
    failures_ = 0;
    next_try_ = now;
  }
  if (!sight_.has_news() || !is_due(now)) return;
  const auto brought = pruner_.brought();
  if (!brought.ok()) return fail(brought.error(), now);
  const CameFrom came_from = files_of(*brought);
  spec::Reading reading = read(came_from);
  if (edges_.stop.stop_requested() || !sight_.has_news()) return;
  if (request_.prune) doubt_blank_files(reading, *brought);
  hold_newcomers(reading, came_from);
  work(now, std::move(reading));
}

// Whether there is something to do although the files have not changed.
bool SpecSource::is_due(Instant now) {
  if (!is_in_force_) return now >= next_try_;
  if (now >= next_try_ || something_was_removed()) {
    if (fault_ || !is_as_applied()) return true;
    next_try_ = now + request_.interval;
  }
  return pruner_.is_due(now);
}

// Each time that it begins, and that it ends.
void SpecSource::tell_of_restless_files() {
  for (const auto& [path, looks] : sight_.restless())
    if (looks >= kMaxRestlessLooks && told_restless_.insert(path).second)
      edges_.log.warning(
          "this file keeps changing: held back until it was the same in two looks, "
          "a second apart; what was applied of it before stays",
          {{"source", request_.source}, {"file", below_source(path)}});
  std::erase_if(told_restless_, [this](const std::string& path) {
    if (sight_.restless().contains(path)) return false;
    edges_.log.info("this file has come to rest",
                    {{"source", request_.source}, {"file", below_source(path)}});
    return true;
  });
}

// As it is called on objects: the same wherever the source itself is.
std::string SpecSource::below_source(const std::string& path) const {
  const std::string& top = request_.source;
  if (path == top) return std::filesystem::path(path).filename().string();
  if (!path.starts_with(top)) return printable(path);
  const std::size_t begin = path.find_first_not_of('/', top.size());
  return begin == std::string::npos ? std::string() : printable(path.substr(begin));
}

void SpecSource::work(Instant now, spec::Reading reading) {
  // Past a bound nobody knows what follows: all stays as it was.
  if (reading.error && (reading.is_cut || reading.objects.empty()))
    return fail(*reading.error, now);
  const bool is_news = !is_in_force_ || !is_as_applied();
  if (is_news || fault_) {
    if (const auto applied = apply(reading); !applied.ok()) return fail(applied.error(), now);
    if (is_news)
      edges_.log.info("specs applied", {{"source", request_.source},
                                        {"objects", std::to_string(reading.objects.size())}});
    next_try_ = now + request_.interval;
  }
  is_in_force_ = true;
  faulty_ = std::move(reading.faulty);
  faulty_files_ = std::move(reading.faulty_files);
  if (reading.error) {
    put_off(*reading.error, now);
  } else {
    failures_ = 0;
    fault_.reset();
    told_.clear();
  }
  if (!request_.prune) return;
  const Found found = this->found();
  Result<void> pruned = pruner_.note(found, now);
  if (pruned.ok() && pruner_.is_due(now)) pruned = pruner_.prune(found, now);
  if (!pruned.ok()) fail(pruned.error(), now);
}

// A file that lost all it had, without so much as a comment, was hardly meant to: its disk is full,
// or its writer died. Whoever means it removes the file.
void SpecSource::doubt_blank_files(spec::Reading& reading,
                                   const std::vector<api::Object>& brought) const {
  const auto blank = sight_.blank();
  if (blank.empty()) return;
  std::set<std::string> known;
  for (const auto& object : brought)
    if (const auto it = object.meta.annotations.find(kSourceFileAnnotation);
        it != object.meta.annotations.end() && !object.meta.deleted)
      known.insert(it->second);
  std::vector<std::string> lines;
  for (const std::string& path : blank) {
    if (!known.contains(below_source(path))) continue;
    reading.faulty_files.insert(printable(path));
    lines.push_back(
        fmt::format("{}: is empty, as after a full disk or a crash: the objects that it "
                    "held stay. To delete these, delete the file, or write a comment "
                    "into it",
                    printable(path)));
  }
  add_faults(reading, lines);
}

// What came from a file that cannot be judged now may still stand there: nobody else gets it
// meanwhile, else a copy would only have to wait for its owner's first mistake.
void SpecSource::hold_newcomers(spec::Reading& reading, const CameFrom& came_from) const {
  auto doubts = this->doubts(reading.faulty_files);
  for (const std::string& path : sight_.blank())
    doubts.push_back(
        {below_source(path), path, fmt::format("file {} is empty", below_source(path))});
  if (doubts.empty()) return;
  std::map<std::string, const Doubt*> known;
  for (const Doubt& doubt : doubts)
    if (doubt.hides == spec::Unread::Hides::rest) known.try_emplace("", &doubt);
  const auto doubt_about = [&](const std::string& file) {
    const auto [it, is_new] = known.try_emplace(file);
    if (is_new) it->second = doubt_of(doubts, file);
    return it->second == nullptr && known.contains("") ? known.at("") : it->second;
  };
  spec::Faults held;
  std::erase_if(reading.objects, [&](const spec::LoadedObject& each) {
    const auto from = came_from.find(each.object.key());
    if (from == came_from.end() || from->second == below_source(each.file)) return false;
    const Doubt* const doubt = doubt_about(from->second);
    if (doubt == nullptr) return false;
    if (doubt->is_passing) return true;
    reading.faulty_files.insert(each.file);
    held.add(each.file, each.line,
             fmt::format("{}: came from {}, and {}: correct that first", text_of(each.object.key()),
                         from->second, doubt->why));
    return true;
  });
  add_faults(reading, held.lines());
}

std::vector<Doubt> SpecSource::doubts(const std::set<std::string>& faulty_files) const {
  std::vector<Doubt> doubts;
  for (const auto& [path, looks] : sight_.restless())
    doubts.push_back({below_source(path), path,
                      fmt::format("file {} is changing", below_source(path)),
                      spec::Unread::Hides::path, true});
  for (const spec::Unread& unread : sight_.unread())
    doubts.push_back({below_source(unread.path), unread.path,
                      fmt::format("{} cannot be read", printable(unread.path)), unread.hides});
  for (const std::string& path : faulty_files)
    doubts.push_back(
        {below_source(path), path, fmt::format("file {} has errors", below_source(path))});
  return doubts;
}

// Nothing, or only a part, could be applied.
void SpecSource::fail(const Error& error, Instant now) {
  if (error.code() == Code::cancelled) return;
  is_in_force_ = false;
  pruner_.forget();
  put_off(error, now);
}

// What is wrong is tried again with back-off.
void SpecSource::put_off(const Error& error, Instant now) {
  // At most a doubling for each power of two that the interval holds.
  const Duration wait = kFirstRetry * (1LL << std::min(failures_++, 20));
  next_try_ = now + std::min(wait, request_.interval);
  fault_ = error;
  std::vector<std::string> news;
  std::set<std::string> told;
  for (const std::string& line : split(error.message(), '\n'))
    if (told.insert(line).second && !told_.contains(line)) news.push_back(line);
  told_ = std::move(told);
  if (!news.empty())
    edges_.log.error(is_in_force_
                         ? "errors in the source; still using the specs applied before for what "
                           "they concern"
                         : "source not applied; still using the specs applied before",
                     {{"source", request_.source}, {"error", join(news, "\n")}});
}

Result<bool> SpecSource::is_settled() const {
  const bool may_pass = fault_ && failures_ < kPatience &&
                        (fault_->code() == Code::unavailable || fault_->code() == Code::internal);
  if (fault_ && !may_pass) return *fault_;
  return is_in_force_ && !fault_ && sight_.is_at_rest() && pruner_.is_settled();
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
  spec::Faults refused;
  const auto refuse = [&](const spec::LoadedObject& each, const std::string& why) {
    refused.add(each.file, each.line, why);
    reading.faulty.insert(each.object.key());
    reading.faulty_files.insert(each.file);
    return true;
  };
  Result<void> failure;
  std::erase_if(reading.objects, [&](const spec::LoadedObject& each) {
    if (failure.ok() && edges_.stop.stop_requested()) failure = Error(Code::cancelled, "stopped");
    if (!failure.ok()) return false;
    const auto would =
        edges_.store.apply(wanted_of(each), {.manager = kManager, .force = false, .dry_run = true});
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
  add_faults(reading, refused.lines());
  return {};
}

Result<void> SpecSource::apply(spec::Reading& reading) {
  TRY(rehearse(reading));
  TRY(watch_for_removals());
  // What an edit says of a certificate (Suspended, reimport: Skip) holds before its new Secret
  // does.
  std::stable_partition(reading.objects.begin(), reading.objects.end(), [&](const auto& each) {
    return each.object.kind == Kind::certificate && edges_.store.get(each.object.key()).ok();
  });
  std::map<Key, std::string> applied;
  for (const auto& each : reading.objects) {
    if (edges_.stop.stop_requested()) return Error(Code::cancelled, "stopped");
    const auto wanted = wanted_of(each);
    applied[wanted.key()] = digest_of(TRY(put(wanted)));
  }
  applied_ = std::move(applied);
  return {};
}

// With the marks of who brought it.
api::Object SpecSource::wanted_of(const spec::LoadedObject& each) const {
  api::Object wanted = each.object;
  wanted.meta.labels[kSourceLabel] = label_;
  wanted.meta.annotations[kSourceFileAnnotation] = below_source(each.file);
  return wanted;
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
