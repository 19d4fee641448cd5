#pragma once
// What the kinds' fields are called, mean, default to and may hold: read from the
// CustomResourceDefinitions that are compiled in (manifests/crd), and from nothing else. Pure
// functions of that; thread-safe.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/object.h"
#include "base/result.h"
#include "schema/field.h"

namespace certloop::schema {

// Reads every kind's description. Error: internal (a description is broken, or has a rule that
// cannot be evaluated here). main() calls it before anything else; the functions below rely on it.
Result<void> check_descriptions();

// The root of the kind's fields: apiVersion, kind, metadata, spec, status, ...
const Field& field_of(api::Kind kind);

// The field at a path such as "spec.issuer.amazon"; list items need no mark. Null if there is none.
const Field* find_field(api::Kind kind, std::string_view path);

// One thing that is wrong with an object, in words for the person who wrote it.
struct Fault {
  std::string path;     // "spec.regions[0]", "spec.tags.team", "metadata.name"
  std::string message;  // "must be one of Allowed, Forbidden, is 'allowed'"
  std::string remedy;   // "did you mean 'Allowed'?"

  std::string text() const;  // path: message; remedy
  bool operator==(const Fault&) const = default;
};

struct Context {
  // What the operator allows beside loopback and AWS's own hosts: "HOST:PORT" (SECURITY).
  std::vector<std::string> allowed_endpoints;
  // With an update: what stands there now, for what must not change.
  const api::Object* old = nullptr;
};

// Everything that is wrong with metadata and body, all at once; empty means valid. Expects defaults
// to be applied. Says `not built` of fields that are described but do nothing yet. Never shows
// values of secret fields.
std::vector<Fault> validate(const api::Object& object, const Context& context);

// Likewise for the status that a reconciler writes: a field that the description lacks would be
// pruned by Kubernetes, silently.
std::vector<Fault> validate_status(const api::Object& object);

// The faults as one error (invalid), a line each: "Certificate payments/shop: spec.region: ...".
Error refusal(const api::Key& key, std::span<const Fault> faults);

// Fills unset fields that have a default, as Kubernetes does: also inside list items and map
// values, never inside an object that is itself unset. What is no JSON object comes back unchanged.
api::Document with_defaults(api::Kind kind, const api::Document& body);

// Help on a kind or one of its fields ("spec.issuer"; empty: the kind), as kubectl explain prints
// it. Error: invalid (no such field, naming the nearest).
Result<std::string> explain(api::Kind kind, std::string_view path, bool recursive);

// The columns of listings after NAME, in the order of the description.
std::span<const Column> columns(api::Kind kind);

// The cells of one row, one per column with priority 0, or per column when wide. Dates in columns
// of type date become ages at `now`; strings of format date become days. Empty where there is
// nothing. Foreign text is not escaped: that is for whoever prints it.
std::vector<std::string> cells(const api::Object& object, Time now, bool wide);

}  // namespace certloop::schema
