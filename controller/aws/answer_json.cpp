#include "aws/answer_json.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/foreign.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::aws {
namespace {

constexpr int kDeepest = 64;

// The operation's name on the wire is <prefix>.<operation>.
std::string_view target_prefix(std::string_view service) {
  if (service == "acm") return "CertificateManager";
  if (service == "acm-pca") return "ACMPrivateCA";
  if (service == "tagging") return "ResourceGroupsTaggingAPI_20170126";
  return service;
}

Error not_understood(const std::string& why) {
  return Error(Code::internal, "the answer is JSON that is not understood: " + why);
}

bool is_too_deep(std::string_view body) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (quoted && c == '\\') ++i;
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kDeepest) return true;
  }
  return false;
}

// Builds one row at a time and hands it on.
class RowReader final : public nlohmann::json_sax<Json> {
 public:
  RowReader(std::string_view rows, std::string_view token,
            const std::function<Result<bool>(const Json&)>& row)
      : rows_(rows), token_name_(token), sink_(row) {}

  bool null() override { return scalar(nullptr); }
  bool boolean(bool value) override { return scalar(value); }
  bool number_integer(number_integer_t value) override { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(value); }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value); }
  bool binary(binary_t&) override { return false; }
  bool string(string_t& value) override {
    if (open_.empty() && depth_ == 1 && key_ == token_name_) token_ = value;
    return scalar(std::move(value));
  }

  bool start_object(std::size_t) override { return start(Json::object(), false); }
  bool start_array(std::size_t) override { return start(Json::array(), true); }
  bool end_object() override { return end(); }
  bool end_array() override {
    if (open_.empty() && depth_ == 2) in_rows_ = false;
    return end();
  }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  // The library's own words quote the answer.
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    problem_ = not_understood("it is not well-formed at byte " + std::to_string(position));
    return false;
  }

  // What ended the reading early, if it was an error.
  std::optional<Error> problem_;
  std::string token_;
  bool stopped_ = false;

 private:
  bool start(Json container, bool is_array) {
    ++depth_;
    if (!open_.empty()) {
      open_.push_back(add(std::move(container)));
    } else if (in_rows_ && depth_ == 3) {
      row_ = std::move(container);
      open_.push_back(&row_);
    } else if (depth_ == 2 && is_array && key_ == rows_) {
      in_rows_ = true;
    }
    return true;
  }

  bool end() {
    --depth_;
    if (open_.empty()) return true;
    open_.pop_back();
    return !open_.empty() || hand_on();
  }

  template <class Value>
  bool scalar(Value&& value) {
    if (!open_.empty()) add(Json(std::forward<Value>(value)));
    return true;
  }

  Json* add(Json value) {
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool hand_on() {
    const Result<bool> more = sink_(row_);
    if (!more.ok()) problem_ = more.error();
    stopped_ = more.ok() && !*more;
    return more.ok() && *more;
  }

  const std::string_view rows_, token_name_;
  const std::function<Result<bool>(const Json&)>& sink_;
  int depth_ = 0;            // of containers around the next event
  bool in_rows_ = false;     // inside the array of rows
  std::string key_;          // the last one seen
  Json row_;                 // the row being built
  std::vector<Json*> open_;  // its open containers, outermost first; all live in row_
};

}  // namespace

namespace {

// What is not known yet stands in plans as "(known after step 3)": no such text is ever sent.
Result<void> check_arns(const Client& client, const std::string& operation, const Json& input) {
  if (!input.is_object()) return {};
  for (const auto& [name, value] : input.items())
    if (name.ends_with("Arn") && value.is_string() &&
        !value.get_ref<const std::string&>().starts_with("arn:"))
      return Error(Code::invalid, client.service() + " " + operation + ": " + name + " is " +
                                      value.get<std::string>() + ", which is no ARN");
  return {};
}

}  // namespace

Result<Call> json_call(const Client& client, std::string operation, const Json& input,
                       const std::optional<SecretMember>& secret) {
  Call call;
  call.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                  {"X-Amz-Target", std::string(target_prefix(client.service())) + "." + operation}};
  call.operation = std::move(operation);
  TRY(check_arns(client, call.operation, input));
  try {
    call.body = input.is_null() ? "{}" : input.dump();
  } catch (const nlohmann::json::exception&) {
    return Error(Code::invalid, client.service() + " " + call.operation +
                                    ": a value is not valid UTF-8 text; correct its encoding");
  }
  if (!secret) return call;
  std::string encoded = to_base64(secret->value.reveal());
  std::string whole;
  whole.reserve(call.body.size() + encoded.size() + 64);
  whole.assign(call.body, 0, call.body.size() - 1);  // without the closing brace
  whole += std::string(whole.size() > 1 ? "," : "") + "\"" + secret->name + "\":\"";
  whole += encoded;
  whole += "\"}";
  wipe(encoded);
  call.body = std::move(whole);
  return call;
}

Result<Json> parse_json(const std::string& body) {
  if (trim(body).empty()) return Json::object();
  if (is_too_deep(body)) return not_understood("nested too deeply");
  Json tree = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (tree.is_discarded())
    tree = Json::parse(foreign_text(body, 3 * body.size()), nullptr, /*allow_exceptions=*/false);
  if (tree.is_discarded()) return not_understood("it is not well-formed");
  if (!tree.is_object()) return not_understood("it is no object");
  return tree;
}

Result<Json> ask(Client& client, std::string operation, const Json& input) {
  Call call = TRY(json_call(client, operation, input));
  const net::HttpResponse response = TRY(client.call(std::move(call)));
  auto tree = parse_json(response.body);
  if (!tree.ok()) return client.nonsense(operation, tree.error().message());
  return tree;
}

Result<Json> change(Client& client, Call call) {
  const std::string operation = call.operation;
  call.mutating = true;
  const net::HttpResponse response = TRY(client.call(std::move(call)));
  auto tree = parse_json(response.body);
  if (!tree.ok()) return client.nonsense(operation, tree.error().message());
  return tree;
}

const Json& member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string text(const Json& object, const char* name, std::size_t most_bytes) {
  const Json& value = member(object, name);
  return value.is_string() ? foreign_text(value.get<std::string>(), most_bytes) : std::string();
}

bool boolean(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_boolean() && value.get<bool>();
}

std::int64_t integer(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

std::optional<double> real(const Json& object, const char* name) {
  const Json& value = member(object, name);
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

std::vector<std::string> texts(const Json& object, const char* name) {
  std::vector<std::string> out;
  const Json& list = member(object, name);
  if (!list.is_array()) return out;
  for (const Json& value : list)
    if (value.is_string()) out.push_back(foreign_text(value.get<std::string>(), kMostText));
  return out;
}

std::optional<Time> time(const Json& object, const char* name) {
  constexpr double kFarthest = 1e11;  // seconds: the year 5138
  if (const auto seconds = real(object, name)) {
    if (!(std::abs(*seconds) < kFarthest)) return std::nullopt;
    return Time(Duration(std::llround(*seconds * 1000)));
  }
  const std::string words = text(object, name);
  if (const auto moment = parse_rfc3339(words)) return moment;
  return parse_http_date(words);
}

Result<std::string> read_rows(const std::string& body, std::string_view rows,
                              std::string_view token,
                              const std::function<Result<bool>(const Json& row)>& row) {
  if (is_too_deep(body)) return not_understood("nested too deeply");
  if (const auto start = trim(body); !start.starts_with('{'))
    return not_understood("it is no object");
  RowReader reader(rows, token, row);
  // Rows are handed on while the page is read, so it is made fit before.
  const bool plain =
      std::all_of(body.begin(), body.end(), [](char c) { return (c & 0x80) == 0 && c != 0; });
  const bool whole = plain ? Json::sax_parse(body, &reader)
                           : Json::sax_parse(foreign_text(body, 3 * body.size()), &reader);
  if (reader.problem_) return std::move(*reader.problem_);
  if (!whole && !reader.stopped_) return not_understood("it is not well-formed");
  return std::move(reader.token_);
}

}  // namespace certloop::aws
