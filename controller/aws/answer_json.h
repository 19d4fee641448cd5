#pragma once
// Requests and answers of the JSON 1.1 protocol, as trees of nlohmann::json. Private to this
// folder: the library's header is heavy, and nobody above works with trees.
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "base/secret.h"

namespace certloop::aws {

using Json = nlohmann::json;

// A call of `operation` with `input` as its body, or "{}" for an empty one. The secret, if there is
// one, is added as a base64 member without ever standing in a tree. Error: invalid (text that is
// not UTF-8).
struct SecretMember {
  const char* name;
  const Secret& value;
};
Result<Call> json_call(const Client& client, std::string operation, const Json& input,
                       const std::optional<SecretMember>& secret = std::nullopt);

// An answer's tree; an empty body is an empty object. Bounded in depth; one byte that is not UTF-8
// costs its place in the text, not the answer. Error: internal.
Result<Json> parse_json(const std::string& body);

// Sends a call of `operation` and parses its answer.
Result<Json> ask(Client& client, std::string operation, const Json& input);
// Sends a call that changes something; the answer, if it has one.
Result<Json> change(Client& client, Call call);

// Members of an object, read without trust: what is absent, null or of another type is empty, and
// text is made fit for every renderer (base/foreign.h), cut at `most_bytes`.
inline constexpr std::size_t kMostText = 16U << 10;
inline constexpr std::size_t kMostPem = 2U << 20;  // ACM's own limit for a chain
const Json& member(const Json& object, const char* name);
std::string text(const Json& object, const char* name, std::size_t most_bytes = kMostText);
bool boolean(const Json& object, const char* name);
std::int64_t integer(const Json& object, const char* name);
std::optional<double> real(const Json& object, const char* name);  // "NaN", "Infinity" included
std::vector<std::string> texts(const Json& object, const char* name);
// Epoch seconds, possibly fractional; or text in RFC 3339 or HTTP form.
std::optional<Time> time(const Json& object, const char* name);

// One page of a listing, read without building its tree: `row` gets each element of the top-level
// array `rows` as soon as it is complete, and may return false to stop. Result: the top-level
// string `token` ("" without one). Errors: internal; whatever `row` returned.
Result<std::string> read_rows(const std::string& body, std::string_view rows,
                              std::string_view token,
                              const std::function<Result<bool>(const Json& row)>& row);

}  // namespace certloop::aws
