#pragma once
// A value, or the reason there is none. Not thread-safe; results are passed, not shared.
#include <cassert>
#include <utility>
#include <variant>

#include "base/error.h"

namespace certloop {

// Keeps the names of std::expected (value, error, operator*), so that it can take over one day.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return *checked(); }
  const T& value() const& { return *checked(); }
  T value() && { return std::move(*checked()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  // Not of a temporary, whose value dies with it: in C++20 `for (x : list()->objects)` would walk
  // what no longer exists. Name the result first, or take its value(): `list().value().objects`.
  T* operator->() & { return &value(); }
  const T* operator->() const& { return &value(); }
  T* operator->() && = delete;
  const T* operator->() const&& = delete;

  const Error& error() const& {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  Error error() && {
    assert(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  T* checked() {
    assert(ok());
    return std::get_if<0>(&state_);
  }
  const T* checked() const {
    assert(ok());
    return std::get_if<0>(&state_);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_(std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  void value() const { assert(ok()); }

  const Error& error() const& {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  Error error() && {
    assert(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace certloop

// Unwraps a Result, or returns its error from this function. Inside a larger expression it must be
// what is evaluated first: GCC does not destroy what the expression has already made when the
// error's return leaves it.
#define TRY(expression)                                           \
  __extension__({                                                 \
    auto try_result_ = (expression);                              \
    if (!try_result_.ok()) return std::move(try_result_).error(); \
    std::move(try_result_).value();                               \
  })
