#pragma once
// The one source of truth (PROTOCOLS 6). Implementations: sqlite_store.h, later a Kubernetes one;
// tests/store_conformance holds what every one of them must do.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "api/object.h"
#include "base/result.h"

namespace certloop::store {

struct Selector {
  api::Kind kind = api::Kind::certificate;
  std::optional<std::string> space = {};           // absent: all namespaces
  std::string labels = {};                         // as kubectl -l: "a=b,c!=d,e in (f,g),!h"
  std::map<std::string, std::string> fields = {};  // metadata.name, metadata.namespace only
  std::size_t limit = 0;                           // 0: no limit
  std::string after = {};                          // continue token of an earlier page
};

// An object that is there and cannot be read: its row is damaged, or its seal is broken.
struct Unreadable {
  api::Key key;  // as far as it can be told
  Error error;   // internal, reason kDamaged: names the object and what restores it
};

struct Listing {
  std::vector<api::Object> objects;  // by namespace, then name
  std::string version;               // of the whole kind: where a watch starts
  std::string more;                  // continue token; empty on the last page
  // What the selector may also have meant. Whoever decides by what is absent must not decide while
  // there is any; whoever only shows or serves what is there goes on, and names these.
  std::vector<Unreadable> unreadable = {};
};

// Reasons of errors (Error::reason) that callers tell apart.
inline constexpr const char* kDamaged = "StoredObjectDamaged";    // internal: one object's row
inline constexpr const char* kObjectTooLarge = "ObjectTooLarge";  // invalid: nothing was written
inline constexpr const char* kStateReplaced = "StateReplaced";    // see Store::check_intact()

struct Event {
  enum class Type { put, removed };
  Type type = Type::put;
  api::Object object;  // for removed: the last state
};

// A stream of what happened to one kind after a version. Destroying it ends the subscription.
class Watch {
 public:
  virtual ~Watch() = default;
  // What has happened since the last call, oldest first; empty if nothing has. Never blocks.
  // Error: conflict (the stream fell behind what the store keeps: list again).
  virtual Result<std::vector<Event>> poll() = 0;
};

struct ApplyOptions {
  std::string manager = "certloop";  // field manager
  bool force = false;                      // take fields over from other managers
  bool dry_run = false;                    // answer as if, write nothing
};

struct RemoveOptions {
  std::optional<std::string> uid = {};      // refuse another object of the same name
  std::optional<std::string> version = {};  // refuse a newer state
  bool dry_run = false;
};

// Safe for concurrent use, also by several processes on one store. No operation spans two objects.
// Any operation may answer unavailable (locked too long, disk, network; reason kStateReplaced: see
// check_intact()) or internal (corruption; reason kDamaged: this one object cannot be read).
class Store {
 public:
  virtual ~Store() = default;

  // Makes the object: uid, version, creation time and generation 1 are the store's; status is kept.
  // Error: already_exists; invalid (schema; reason kObjectTooLarge).
  virtual Result<api::Object> create(const api::Object& object) = 0;

  // The live state. Error: not_found.
  virtual Result<api::Object> get(const api::Key& key) const = 0;

  // Error: invalid (unknown selector: never ignored; no continue token); conflict (the token is too
  // old: begin again).
  virtual Result<Listing> list(const Selector& selector) const = 0;

  // Server-side apply: the object's metadata (labels, annotations, finalizers, owner references)
  // and body are what `manager` wants; fields it wanted before and wants no more go, unless another
  // manager wants them too. Makes the object if need be. The status stays. generation moves if the
  // body did; nothing at all is written if nothing changed.
  // Error: conflict (another manager's field, naming it, reason FieldManagerConflict; or
  // object.meta.version or uid is set and stale); invalid (schema, immutable field; reason
  // kObjectTooLarge).
  virtual Result<api::Object> apply(const api::Object& object, const ApplyOptions& options) = 0;

  // Compare-and-swap on meta.version: replaces labels, annotations, finalizers and owner
  // references. An object marked for deletion goes with its last finalizer.
  // Error: conflict (stale version or other uid); not_found.
  virtual Result<api::Object> edit_metadata(const api::Object& seen) = 0;

  // Compare-and-swap on meta.version: replaces the status.
  // Error: conflict (stale version or other uid); not_found; invalid (schema; reason
  // kObjectTooLarge: definite, the same status is refused again).
  virtual Result<api::Object> update_status(const api::Object& seen) = 0;

  // Marks for deletion, or removes at once if there is no finalizer; what it owns (owner
  // references) is removed with it. Answers the last state. Error: not_found; conflict (options).
  virtual Result<api::Object> remove(const api::Key& key, const RemoveOptions& options) = 0;

  // Takes back the mark that remove() left on an object which waits for its finalizers:
  // compare-and-swap on meta.version. What the object owns keeps its own mark. An object without a
  // mark stays as it is. Error: conflict (stale version or other uid); not_found (it has gone).
  virtual Result<api::Object> revive(const api::Object& seen) = 0;

  // What happens to objects of `kind` after `version` (from a Listing, or of an object). Error:
  // conflict, reason Expired (too old: list again); invalid (no version).
  virtual Result<std::unique_ptr<Watch>> watch(api::Kind kind, const std::string& version) = 0;

  // Blocks until something may have been written, by this process or another, `most` has passed on
  // the system's clock, or stop is requested. What was written since this thread's last wait ended
  // is never slept over; its first wait may return at once. For threads that feed informers; never
  // in a test of anything else.
  virtual void wait_for_change(Duration most, std::stop_token stop) = 0;

  // Whether what this handle reads and writes is still what others find at name(). Error:
  // unavailable, reason kStateReplaced (the state was deleted, moved or replaced by another: what
  // is written here would be lost, so every other operation is refused with the same error. Only
  // opening the store anew helps; whoever acts on it must stop).
  virtual Result<void> check_intact() const { return {}; }

  // Where this store is, for messages: "/var/lib/certloop".
  virtual std::string name() const = 0;
};

}  // namespace certloop::store
