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
