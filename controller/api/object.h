#pragma once
// An object of any kind, as the store keeps it: typed metadata, and the rest as documents. The
// typed views (account.h, certificate.h, ...) are read from it and written to it by wire.h.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/document.h"
#include "api/kind.h"
#include "base/clock.h"

namespace certloop::api {

struct OwnerReference {
  Kind kind = Kind::certificate;
  std::string name;  // in the same namespace
  std::string uid;
  bool operator==(const OwnerReference&) const = default;
};

// As Kubernetes' ObjectMeta. `version` is opaque: compared for equality only.
struct Metadata {
  std::string space;
  std::string name;
  std::string uid;              // made by the store
  std::int64_t generation = 0;  // moves when the spec moves
  std::string version;          // resourceVersion: moves with every write
  Time created{};
  std::optional<Time> deleted;  // deletionTimestamp: set while finalizers remain
  std::vector<std::string> finalizers;
  std::vector<OwnerReference> owners;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  Document
      managed_fields;  // {"<manager>": <tree of the fields it owns>}; written by the store only

  bool operator==(const Metadata&) const = default;
};

// What `certloop reconcile` writes, as Flux's reconcile.fluxcd.io/requestedAt: a value that was not
// there before asks the controller to look at AWS afresh, and to forget failures and contests. Once
// it has looked it repeats the value in status.lastHandledReconcileAt. It belongs to no manager.
inline constexpr const char* kReconcileRequested = "certloop.dev/reconcile-requested-at";

// Its value; empty: nobody has asked.
std::string reconcile_request(const Metadata& meta);

// Whether somebody has asked for a fresh look that was not taken yet.
template <class T>
bool asks_afresh(const T& object) {
  const std::string request = reconcile_request(object.meta);
  return !request.empty() && request != object.status.last_handled_reconcile;
}

struct Object {
  Kind kind = Kind::certificate;
  Metadata meta;
  Document body;    // all but apiVersion, kind, metadata and status: {"spec": {...}} or a Secret's
                    // {"type": ..., "data": {...}}
  Document status;  // {} until first written

  Key key() const { return {kind, meta.space, meta.name}; }
  bool operator==(const Object&) const = default;
};

// The whole object as Kubernetes' JSON, keys sorted: apiVersion, kind, metadata, body, status.
// managedFields are left out.
std::string to_json(const Object& object);
// The reverse. `invalid`, naming what is wrong: unknown kind, no name, wrong types in metadata.
// Checks nothing below spec and status: that is schema/.
Result<Object> from_json(std::string_view json);

}  // namespace certloop::api
