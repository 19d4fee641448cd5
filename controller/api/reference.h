#pragma once
// How one object names another.
#include <string>

namespace certloop::api {

struct Reference {
  std::string name;
  std::string space;  // empty: the namespace of the object that refers

  bool operator==(const Reference&) const = default;
};

// A key inside a Secret of the same namespace.
struct SecretKeyReference {
  std::string name;
  std::string key;
  bool operator==(const SecretKeyReference&) const = default;
};

// The namespace that the reference means when it stands in an object of namespace `from`.
inline const std::string& space_of(const Reference& reference, const std::string& from) {
  return reference.space.empty() ? from : reference.space;
}

enum class Management { enforce, observe, suspended };

}  // namespace certloop::api
