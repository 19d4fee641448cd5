#pragma once
// Server-side apply: what one manager wants, merged into what stands, so that managers who care for
// different fields of one object do not undo one another. Pure; thread-safe.
// Source: kubernetes.io/docs/reference/using-api/server-side-apply, structured-merge-diff.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/object.h"
#include "base/result.h"
#include "store/store.h"

namespace certloop::store {

// How a list merges (x-kubernetes-list-type). atomic: one manager owns it whole. set: scalars, each
// owned by itself. map: objects told apart by their values for `keys`, merged one by one.
struct ListType {
  enum class Form { atomic, set, map };
  Form form = Form::atomic;
  std::vector<std::string> keys;
};

// The type of the list at a path below the object: "spec.targets", and inside the items of a list
// "spec.targets.regions", as schema::find_field() takes it. Unset: every list is atomic.
using ListTypes = std::function<ListType(api::Kind kind, std::string_view path)>;

// On every object that the source of a running controller brought: which source. No manager owns
// it, so that whoever applies the same files without it leaves it where it is.
inline constexpr const char* kSourceLabel = "certloop.dev/source";
// The annotation beside it: the file that it came from, below the source. As ownerless.
inline constexpr const char* kSourceFileAnnotation = "certloop.dev/source-file";

// The object as it will be: `wanted`'s labels, annotations, finalizers, owner references and body
// merged into `live` (null: a new object), and managed_fields written anew in FieldsV1 form ("f:"
// names, "k:" keys, "v:" values, "." the item itself). All else is live's.
//
// A field of the metadata that nobody manages stays. A field of the body that nobody manages goes:
// it is a default, which admission sets again, or it came with create(), and whoever applies first
// takes that over whole. So the body is what the managers want together, and a branch that is
// wanted no more does not leave its defaults behind.
//
// Error: conflict with reason FieldManagerConflict (another manager's fields would change, each
// named with its manager; not with options.force); invalid (an item of a keyed list lacks a key, or
// an item stands twice; a body that is no object).
Result<api::Object> merge(const api::Object* live, const api::Object& wanted,
                          const ApplyOptions& options, const ListTypes& list_types);

// Drops from managed_fields what the object no longer has, after a write that was no apply.
void forget_vanished(api::Object& object, const ListTypes& list_types);

}  // namespace certloop::store
