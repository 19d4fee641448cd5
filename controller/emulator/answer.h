#pragma once
// What an operation answers: its output, or an AWS error. Has the faces of Result, so that TRY
// works.
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace certloop::emulator {

struct AwsError {
  std::string code;  // "ResourceNotFoundException"
  std::string message;
  int http_status = 400;
  // Further members of the error's shape, as they go into the JSON body.
  std::vector<std::pair<std::string, std::string>> members = {};
};

template <class T>
class [[nodiscard]] Answer {
 public:
  Answer(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Answer(AwsError error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T value() && { return std::move(*std::get_if<0>(&state_)); }
  const AwsError& error() const& { return *std::get_if<1>(&state_); }
  AwsError error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, AwsError> state_;
};

template <>
class [[nodiscard]] Answer<void> {
 public:
  Answer() = default;
  Answer(AwsError error) : state_(std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  void value() const {}
  const AwsError& error() const& { return *std::get_if<1>(&state_); }
  AwsError error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<std::monostate, AwsError> state_;
};

}  // namespace certloop::emulator
