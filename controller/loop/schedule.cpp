#include "loop/schedule.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "loop/chain.h"

namespace certloop::loop {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::size_t kPriorities = 2;
constexpr std::size_t kBackoffs = 3;
constexpr std::size_t kSpareNodes = 1024;

struct Steps {
  Duration first, most;
};

Steps steps_of(Backoff kind) {
  switch (kind) {
    case Backoff::fast: return {milliseconds(5), minutes(1)};
    case Backoff::normal: return {milliseconds(500), minutes(15)};
    case Backoff::slow: return {minutes(1), hours(1)};
  }
  return {milliseconds(500), minutes(15)};
}

enum class State : std::uint8_t { fresh, waiting, ready, held };

struct Group;

struct Entry : Schedule::Held {
  State state = State::fresh;
  std::array<int, kBackoffs> failed{};  // of each kind, since it last succeeded
  // What was asked for while held.
  bool wanted = false;
  Priority wanted_priority = Priority::background;
  Group* wanted_group = nullptr;

  Group* group = nullptr;
  Link<Entry> link;       // in its lane while ready
  Instant since{};        // ready since
  Instant due{};          // while waiting; while held: when it is wanted again
  std::size_t timer = 0;  // its place in the heap while waiting
};

// What is ready in one group at one priority, oldest first.
struct Lane {
  Group* group = nullptr;
  Chain<Entry, &Entry::link> entries;
  Link<Lane> link;
  Chain<Lane, &Lane::link>* listed = nullptr;  // null while it has no entries
};

struct Space;

struct Group {
  Group() {
    for (Lane& lane : lanes) lane.group = this;
  }
  std::array<Lane, kPriorities> lanes;
  Space* space = nullptr;
  int held = 0;
};

// Not noexcept, and thereby cached: libstdc++ then stores the hash in the node, so that neither
// growing the table nor erasing from it hashes a key again.
struct KeyHash {
  std::size_t operator()(const api::Key& key) const noexcept(false) {
    return std::hash<api::Key>()(key);
  }
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

using Groups = std::unordered_map<std::string, Group, TextHash, std::equal_to<>>;

// A namespace: its groups, how many of its keys are held, and how many are ready.
struct Space {
  Groups groups;
  int held = 0;
  std::size_t ready = 0;
};

}  // namespace

Duration backoff(Backoff kind, int failures) {
  const Steps steps = steps_of(kind);
  // 2^30 times the shortest step is far above the longest: no overflow, whatever the count.
  return std::min<Duration>(steps.first * (1 << std::clamp(failures - 1, 0, 30)), steps.most);
}

class Schedule::Books {
 public:
  explicit Books(Options options) : options_(options) { spare_.reserve(kSpareNodes); }

  void add(const api::Key& key, Instant now, const Request& request) {
    Entry& entry = entry_of(key);
    Group* const group = request.group.empty() ? nullptr : &group_named(key.space, request.group);
    ++counts_.added;
    if (request.anew) start_anew(entry);
    const Instant due = now + std::max(request.after, Duration{0});
    if (entry.state == State::held)
      want(entry, due, request.priority, group);
    else
      requeue(entry, due, request.priority, group, now);
  }

  Entry* take(Instant now) {
    while (!timers_.empty() && timers_.front().due <= now) {
      Entry& entry = *timers_.front().entry;
      remove_timer(0);
      make_ready(entry, now);
    }
    // With one namespace alone there is nothing to be fair about.
    if (spaces_ready_ > 1)
      for (const auto& lists : lists_)
        if (Lane* lane = first_in_turn(lists, true)) return take_from(*lane);
    for (const auto& lists : lists_)
      if (Lane* lane = first_in_turn(lists, false)) return take_from(*lane);
    return nullptr;
  }

  void retry(Entry& entry, Backoff kind, Instant now, Duration least) {
    ++counts_.retried;
    ++entry.failures;
    const int failed = ++entry.failed[static_cast<std::size_t>(kind)];
    want(entry, now + std::max(backoff(kind, failed), least), entry.priority, nullptr);
  }

  // What is held is counted by its holder, once more at the end of the run.
  static void start_anew(Entry& entry) {
    entry.failed = {};
    if (entry.state != State::held) entry.failures = 0;
  }

  static void forget(Entry& entry) {
    entry.failures = 0;
    entry.failed = {};
  }

  void again(Entry& entry, Duration after, Instant now) {
    want(entry, now + std::max(after, Duration{0}), entry.priority, nullptr);
  }

  void done(Entry& entry, Instant now) {
    --counts_.held;
    hold(*entry.group, -1);
    entry.state = State::fresh;
    if (std::exchange(entry.wanted, false)) {
      Group* const group = std::exchange(entry.wanted_group, nullptr);
      entry.priority = std::exchange(entry.wanted_priority, Priority::background);
      requeue(entry, entry.due, entry.priority, group, now);
    } else if (entry.failures == 0) {
      release(entry);
    }
  }

  std::optional<Instant> next_due() const {
    if (counts_.ready > 0) return Instant::min();
    if (!timers_.empty()) return timers_.front().due;
    return std::nullopt;
  }

  Counts counts() const {
    Counts counts = counts_;
    counts.waiting = timers_.size();
    return counts;
  }

 private:
  using Entries = std::unordered_map<api::Key, Entry, KeyHash>;
  using Lanes = Chain<Lane, &Lane::link>;
  using ByPriority = std::array<Lanes, kPriorities>;
  struct Timer {
    Instant due;
    Entry* entry;
  };

  // --- keys and groups

  // Never touches an entry that is there already: its holder reads it without a lock.
  Entry& entry_of(const api::Key& key) {
    if (const auto known = entries_.find(key); known != entries_.end()) return known->second;
    // Room for what done() may have to add, so that giving back a key needs no memory.
    if (timers_.capacity() <= entries_.size()) timers_.reserve(2 * (entries_.size() + 1));
    Entries::iterator at;
    if (spare_.empty()) {
      at = entries_.try_emplace(key).first;
    } else {
      spare_.back().key() = key;
      at = entries_.insert(std::move(spare_.back())).position;
      spare_.pop_back();
    }
    at->second.key = &at->first;
    return at->second;
  }

  // The node is kept for the next key, which spares it two allocations.
  void release(Entry& entry) {
    auto node = entries_.extract(entries_.find(*entry.key));
    if (spare_.size() >= kSpareNodes) return;
    node.mapped() = Entry();
    spare_.push_back(std::move(node));
  }

  Group& group_named(const std::string& space_name, std::string_view name) {
    const auto place = spaces_.find(space_name);
    Space& space = place != spaces_.end() ? place->second : spaces_[space_name];
    const auto known = space.groups.find(name);
    if (known != space.groups.end()) return known->second;
    Group& group = space.groups[std::string(name)];
    group.space = &space;
    return group;
  }

  // --- what is ready

  static std::size_t index_of(Priority priority) { return static_cast<std::size_t>(priority); }
  static Lane& lane_of(Entry& entry) { return entry.group->lanes[index_of(entry.priority)]; }

  // Puts the lane at the end of the list where it belongs now, or in none if it is empty.
  void relist(Lane& lane) {
    if (lane.listed != nullptr) lane.listed->remove(lane);
    lane.listed = nullptr;
    if (lane.entries.empty()) return;
    const std::size_t priority = static_cast<std::size_t>(&lane - lane.group->lanes.data());
    lane.listed = &lists_[lane.group->held < options_.fair_share ? 0 : 1][priority];
    lane.listed->push_back(lane);
  }

  void hold(Group& group, int change) {
    const bool was_below = group.held < options_.fair_share;
    group.held += change;
    group.space->held += change;
    if (was_below != (group.held < options_.fair_share))
      for (Lane& lane : group.lanes) relist(lane);
  }

  void count_ready(const Group& group, int change) {
    counts_.ready += static_cast<std::size_t>(change);
    Space& space = *group.space;
    if (space.ready == 0) ++spaces_ready_;
    space.ready += static_cast<std::size_t>(change);
    if (space.ready == 0) --spaces_ready_;
  }

  void make_ready(Entry& entry, Instant now) {
    entry.state = State::ready;
    entry.since = now;
    count_ready(*entry.group, +1);
    Lane& lane = lane_of(entry);
    lane.entries.push_back(entry);
    if (lane.listed == nullptr) relist(lane);
  }

  void remove_ready(Entry& entry) {
    count_ready(*entry.group, -1);
    Lane& lane = lane_of(entry);
    lane.entries.remove(entry);
    if (lane.entries.empty()) relist(lane);
  }

  // Of the lanes whose turn it is at their priority, the one that has waited longest, where
  // background counts as having come later.
  // `fairly`: only of namespaces that hold less than their share.
  Lane* first_in_turn(const ByPriority& lists, bool fairly) const {
    Lane* const background = first_of(lists[index_of(Priority::background)], fairly);
    Lane* const edit = first_of(lists[index_of(Priority::edit)], fairly);
    if (background == nullptr || edit == nullptr) return edit != nullptr ? edit : background;
    const bool aged =
        background->entries.front()->since + options_.ageing < edit->entries.front()->since;
    return aged ? background : edit;
  }

  Lane* first_of(const Lanes& lanes, bool fairly) const {
    Lane* lane = lanes.front();
    while (fairly && lane != nullptr && lane->group->space->held >= options_.fair_share_of_space)
      lane = Lanes::next(*lane);
    return lane;
  }

  Entry* take_from(Lane& lane) {
    Entry& entry = *lane.entries.front();
    lane.entries.remove(entry);
    count_ready(*entry.group, -1);
    ++counts_.held;
    entry.state = State::held;
    relist(lane);  // its group goes to the end of the turn
    hold(*entry.group, +1);
    return &entry;
  }

  // --- what is wanted

  void want(Entry& entry, Instant due, Priority priority, Group* group) {
    entry.due = entry.wanted ? std::min(entry.due, due) : due;
    entry.wanted_priority = std::max(entry.wanted_priority, priority);
    entry.wanted = true;
    if (group != nullptr) entry.wanted_group = group;
  }

  // Queues a key that nobody holds, or moves it forward if it is queued.
  void requeue(Entry& entry, Instant due, Priority priority, Group* group, Instant now) {
    if (group == nullptr)
      group = entry.group != nullptr ? entry.group : &group_named(entry.key->space, "");
    if (entry.state == State::waiting) {
      due = std::min(due, entry.due);
      remove_timer(entry.timer);
    } else if (entry.state == State::ready) {
      if (entry.group == group && entry.priority >= priority) return;
      due = now;
      remove_ready(entry);
    }
    entry.group = group;
    entry.priority = std::max(entry.priority, priority);
    if (due <= now) {
      make_ready(entry, now);
    } else {
      entry.due = due;
      push_timer(entry);
    }
  }

  // --- what waits: a binary heap by due; every entry knows its place in it

  void place(std::size_t index, Timer timer) {
    timers_[index] = timer;
    timer.entry->timer = index;
  }

  void push_timer(Entry& entry) {
    entry.state = State::waiting;
    timers_.push_back({entry.due, &entry});
    rise(timers_.size() - 1, timers_.back());
  }

  void remove_timer(std::size_t index) {
    timers_[index].entry->state = State::fresh;
    const Timer last = timers_.back();
    timers_.pop_back();
    if (index == timers_.size()) return;
    if (index > 0 && last.due < timers_[(index - 1) / 2].due)
      rise(index, last);
    else
      sink(index, last);
  }

  void rise(std::size_t index, Timer timer) {
    while (index > 0) {
      const std::size_t parent = (index - 1) / 2;
      if (timers_[parent].due <= timer.due) break;
      place(index, timers_[parent]);
      index = parent;
    }
    place(index, timer);
  }

  void sink(std::size_t index, Timer timer) {
    for (;;) {
      std::size_t child = 2 * index + 1;
      if (child >= timers_.size()) break;
      if (child + 1 < timers_.size() && timers_[child + 1].due < timers_[child].due) ++child;
      if (timer.due <= timers_[child].due) break;
      place(index, timers_[child]);
      index = child;
    }
    place(index, timer);
  }

  const Options options_;
  Entries entries_;  // nodes: an entry never moves
  std::vector<Entries::node_type> spare_;
  std::unordered_map<std::string, Space> spaces_;
  std::size_t spaces_ready_ = 0;     // namespaces that have something ready
  std::array<ByPriority, 2> lists_;  // below the fair share; at or above it
  std::vector<Timer> timers_;
  Counts counts_;
};

Schedule::Schedule(Options options) : books_(std::make_unique<Books>(options)) {}
Schedule::~Schedule() = default;

void Schedule::add(const api::Key& key, Instant now, const Request& request) {
  books_->add(key, now, request);
}
Schedule::Held* Schedule::take(Instant now) { return books_->take(now); }
void Schedule::retry(Held& held, Backoff kind, Instant now, Duration least) {
  books_->retry(static_cast<Entry&>(held), kind, now, least);
}
void Schedule::forget(Held& held) { Books::forget(static_cast<Entry&>(held)); }
void Schedule::again(Held& held, Duration after, Instant now) {
  books_->again(static_cast<Entry&>(held), after, now);
}
void Schedule::done(Held& held, Instant now) { books_->done(static_cast<Entry&>(held), now); }
std::optional<Instant> Schedule::next_due() const { return books_->next_due(); }
Schedule::Counts Schedule::counts() const { return books_->counts(); }

}  // namespace certloop::loop
