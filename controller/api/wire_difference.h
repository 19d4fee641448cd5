#pragma once
// Private to this folder: how a difference is spelled in the status of every kind that has one.
#include "api/difference.h"
#include "api/wire_json.h"

namespace certloop::api {

inline Words<DriftClass> drift_classes() {
  Words<DriftClass> all;
  for (int i = 0; i <= static_cast<int>(DriftClass::unknown); ++i)
    all.words.push_back(name_of(static_cast<DriftClass>(i)));
  return all;
}
inline const Words<DriftClass> kDriftClasses = drift_classes();

template <>
struct Fields<Difference> {
  static void list(auto& each) {
    using D = Difference;
    each("class", &D::drift_class, kDriftClasses);
    each("path", &D::path);
    each("spec", &D::spec);
    each("applied", &D::applied);
    each("found", &D::found);
  }
};

template <>
struct Fields<Correction> {
  static void list(auto& each) {
    using C = Correction;
    each("path", &C::path);
    each("generation", &C::generation);
    each("times", &C::times);
    each("last", &C::last);
    each("wanted", &C::wanted);
  }
};

// The class is what a row is about: it stands there even where it is the type's default.
template <>
struct Codec<Difference> : Described<Difference> {
  static Json write(const Difference& difference) {
    Json out = Described<Difference>::write(difference);
    out["class"] = name_of(difference.drift_class);
    return out;
  }
};

}  // namespace certloop::api
