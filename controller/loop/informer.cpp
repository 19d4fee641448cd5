#include "loop/informer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/last_catch.h"

namespace certloop::loop {
namespace {

constexpr std::size_t kPage = 500;
constexpr Duration kHeartbeat = std::chrono::seconds(10);
constexpr int kRelistings = 3;

// A running hash of several values. Collisions cost one missed event in 2^64.
class Hash {
 public:
  Hash& operator()(std::string_view text) { return (*this)(std::hash<std::string_view>()(text)); }
  Hash& operator()(std::size_t value) {
    value_ ^= value + 0x9e3779b97f4a7c15ULL + (value_ << 6) + (value_ >> 2);
    return *this;
  }
  std::size_t value() const { return value_; }

 private:
  std::size_t value_ = 0;
};

// What a reconciler acts upon, beyond the status.
std::size_t asked_of(const api::Object& object) {
  const api::Metadata& meta = object.meta;
  Hash hash;
  hash(meta.uid)(static_cast<std::size_t>(meta.generation))(meta.deleted.has_value() ? 1 : 0);
  for (const auto& [name, value] : meta.annotations) hash(name)(value);
  hash(meta.annotations.size());
  for (const std::string& finalizer : meta.finalizers) hash(finalizer);
  hash(meta.finalizers.size());
  for (const api::OwnerReference& owner : meta.owners) hash(owner.uid)(owner.name);
  // Secrets have no generation in Kubernetes.
  if (meta.generation == 0) hash(object.body.text());
  return hash.value();
}

std::size_t request_of(const api::Object& object) {
  return Hash()(api::reconcile_request(object.meta)).value();
}

std::size_t status_of(const api::Object& object) { return Hash()(object.status.text()).value(); }

}  // namespace

void Informer::follow(api::Kind kind, Following following) {
  kinds_[kind].how = std::move(following);
}

Result<void> Informer::pump() {
  std::string what;
  try {
    return pump_kinds();
  } catch (...) {
    what = thrown_words();
  }
  // What was being taken in may have been lost in part: the next pump lists it anew.
  for (auto& [kind, state] : kinds_) state.watch.reset();
  return Error(Code::internal, "an exception left the informer: " + what);
}

Result<void> Informer::pump_kinds() {
  // A kind that cannot be followed holds up no other.
  Result<void> first;
  bool followed = true;
  for (auto& [kind, state] : kinds_) {
    auto caught_up = catch_up(kind, state);
    if (!caught_up.ok() && first.ok()) first = std::move(caught_up);
    followed = followed && state.listed && state.watch != nullptr;
  }
  if (followed) synced_ = true;
  return first;
}

void Informer::run(std::stop_token stop) {
  Troubles troubles;
  while (!stop.stop_requested())
    with_last_catch([&] { pump_and_rest(stop, troubles); },
                    [&](const std::string& what) {
                      log_.error("cannot follow " + store_.name() + ": " + what);
                    });
}

void Informer::pump_and_rest(const std::stop_token& stop, Troubles& troubles) {
  const Result<void> pumped = pump();
  if (pumped.ok()) {
    troubles = {};
    store_.wait_for_change(kHeartbeat, stop);
    return;
  }
  if (troubles.complaint != pumped.error().message()) {
    troubles.complaint = pumped.error().message();
    log_.error("cannot follow " + store_.name() + ": " + troubles.complaint);
  }
  store_.wait_for_change(std::min(backoff(Backoff::normal, ++troubles.failures), kHeartbeat), stop);
}

Result<void> Informer::catch_up(api::Kind kind, Kind& state) {
  // A watch that fell behind starts over from a new listing; one that always does is an error.
  for (int i = 0; i < kRelistings; ++i) {
    if (!state.watch) {
      const Result<void> listed = list(kind, state);
      if (!listed.ok() && listed.error().code() == Code::conflict) continue;
      TRY(listed);
    }
    auto events = state.watch->poll();
    if (events.ok()) {
      for (const store::Event& event : *events)
        if (event.type == store::Event::Type::removed)
          saw_removal(state, event.object.key());
        else
          saw(state, event.object, Priority::edit);
      return {};
    }
    // What cannot be read from the log may still be listed.
    const bool is_broken = events.error().code() == Code::internal;
    if (is_broken || events.error().code() == Code::conflict) state.watch.reset();
    if (events.error().code() != Code::conflict) return std::move(events).error();
  }
  return Error(Code::unavailable, "the watch of " + std::string(api::info_of(kind).plural) +
                                      " falls behind as soon as it is opened");
}

Result<void> Informer::list(api::Kind kind, Kind& state) {
  const Priority priority = state.listed ? Priority::edit : Priority::background;
  ++state.listings;
  // The watch starts where the first page was read: what happened during the listing comes again.
  std::string version;
  store::Selector selector;
  selector.kind = kind;
  selector.limit = kPage;
  do {
    const store::Listing page = TRY(store_.list(selector));
    if (selector.after.empty()) version = page.version;
    for (const api::Object& object : page.objects) saw(state, object, priority);
    for (const store::Unreadable& each : page.unreadable) saw_unreadable(state, each, priority);
    selector.after = page.more;
  } while (!selector.after.empty());

  std::vector<api::Key> gone;
  for (const auto& [key, record] : state.records)
    if (record.listing != state.listings) gone.push_back(key);
  for (const api::Key& key : gone) saw_removal(state, key);
  state.listed = true;
  state.watch = TRY(store_.watch(kind, version));
  return {};
}

void Informer::saw(Kind& state, const api::Object& object, Priority priority) {
  const auto [at, fresh] = state.records.try_emplace(object.key());
  const api::Key& key = at->first;
  Record& record = at->second;
  record.listing = state.listings;
  const std::size_t asked = asked_of(object), status = status_of(object);
  const bool asks_anew = fresh || record.asked != asked;
  if (!asks_anew && record.status == status) return;

  Links links = state.how.links ? state.how.links(object) : Links();
  record.group = std::move(links.account);
  index(key, record, links.refers);
  const auto before = std::exchange(record.concerns, std::move(links.concerns));
  const std::size_t request = request_of(object);
  if (asks_anew) queue_key(key, priority, !fresh && record.request != request);
  for (const api::Key& concerned : before) queue_key(concerned, priority);
  for (const api::Key& concerned : record.concerns) queue_key(concerned, priority);
  queue_users(key, priority);
  // Last: what an exception cuts short is done again when it is listed anew.
  record.asked = asked;
  record.status = status;
  record.request = request;
}

// It is there, and whoever is responsible for it shall say that it cannot be read. What it has to
// do with others stays as last known.
void Informer::saw_unreadable(Kind& state, const store::Unreadable& unreadable, Priority priority) {
  const auto known = state.records.find(unreadable.key);
  if (known != state.records.end()) {
    known->second.listing = state.listings;
    known->second.asked = 0;  // so that it is queued once it can be read again
  }
  log_.error("cannot read an object",
             {{"object", text_of(unreadable.key)}, {"error", unreadable.error.message()}});
  queue_key(unreadable.key, priority);
}

void Informer::saw_removal(Kind& state, const api::Key& removed) {
  const auto at = state.records.find(removed);
  if (at == state.records.end()) return;
  const api::Key key = at->first;
  if (state.how.gone) state.how.gone(key);
  queue_key(key, Priority::edit);
  for (const api::Key& concerned : at->second.concerns) queue_key(concerned, Priority::edit);
  queue_users(key, Priority::edit);
  index(at->first, at->second, {});
  state.records.erase(at);
}

// Replaces what `key` (that of the record, not a copy) refers to.
void Informer::index(const api::Key& key, Record& record, const std::vector<api::Key>& refers) {
  std::vector<Users::value_type*> now;
  for (const api::Key& target : refers) now.push_back(&*users_.try_emplace(target).first);
  std::sort(now.begin(), now.end());
  for (auto* const users : now) users->second.insert(&key);
  for (auto* const users : record.refers) {
    if (std::binary_search(now.begin(), now.end(), users)) continue;
    users->second.erase(&key);
    if (users->second.empty()) users_.erase(api::Key(users->first));
  }
  record.refers = std::move(now);
}

void Informer::queue_users(const api::Key& key, Priority priority) {
  const auto users = users_.find(key);
  if (users == users_.end()) return;
  for (const api::Key* user : users->second) queue_key(*user, priority);
}

void Informer::queue_key(const api::Key& key, Priority priority, bool anew) {
  const auto kind = kinds_.find(key.kind);
  if (kind == kinds_.end() || !kind->second.how.queued) return;
  const auto& records = kind->second.records;
  const auto known = records.find(key);
  queue_.add(key, {.priority = priority,
                   .anew = anew,
                   .group = known != records.end() ? known->second.group : std::string_view()});
}

}  // namespace certloop::loop
