// Protocol JSON 1.1 (AWS-JSON): one operation per X-Amz-Target, JSON in and out.
#include <nlohmann/json.hpp>

#include "emulator/service.h"

namespace certloop::emulator {

namespace {

constexpr std::string_view kContentType = "application/x-amz-json-1.1";

std::string body_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A member of the wrong JSON type makes nlohmann throw: AWS's answer to that is a refusal.
Answer<Json> handled(const JsonService::Handler& handler, Call& call, const Json& input) {
  try {
    return handler(call, input);
  } catch (const Json::exception&) {
    return AwsError{"SerializationException", "A member of the request has the wrong type."};
  }
}

}  // namespace

void JsonService::add(Operation operation, Handler handler) {
  entries_.push_back(std::make_unique<Entry>(Entry{std::move(operation), std::move(handler)}));
}

const Operation* JsonService::operation_of(const net::HttpRequest& request) const {
  const std::string target = net::header(request.headers, "X-Amz-Target").value_or("");
  const auto dot = target.rfind('.');
  if (dot == std::string::npos || target.substr(0, dot) != target_prefix_) return nullptr;
  const std::string_view name = std::string_view(target).substr(dot + 1);
  for (const auto& entry : entries_) {
    if (entry->operation.name == name) return &entry->operation;
  }
  return nullptr;
}

Reply JsonService::perform(Call& call, const Operation& operation) {
  const auto refuse = [&](const AwsError& error) {
    return Reply{refusal(error, call.request_id), error.code};
  };
  const Json input =
      call.request.body.empty() ? Json::object() : Json::parse(call.request.body, nullptr, false);
  if (!input.is_object()) {
    return refuse({"SerializationException", "Could not parse the request body as a JSON object."});
  }
  for (const auto& entry : entries_) {
    if (&entry->operation != &operation) continue;
    const Answer<Json> answer = handled(entry->handler, call, input);
    if (!answer.ok()) return refuse(answer.error());
    net::HttpResponse response{200, {{"Content-Type", std::string(kContentType)}}, ""};
    if (!answer.value().is_null()) response.body = body_text(answer.value());
    return {std::move(response), ""};
  }
  return refuse({"UnknownOperationException", ""});
}

net::HttpResponse JsonService::refusal(const AwsError& error, const std::string&) const {
  Json body = {{"__type", error.code}};
  if (!error.message.empty()) {
    // AccessDeniedException is the one that AWS spells with a capital letter in every service.
    body[error.code == "AccessDeniedException" ? "Message" : "message"] = error.message;
  }
  for (const auto& [name, value] : error.members) body[name] = value;
  return {error.http_status,
          {{"Content-Type", std::string(kContentType)}, {"x-amzn-ErrorType", error.code}},
          body_text(body)};
}

Json JsonService::request_json(const net::HttpRequest& request) const {
  Json parsed = Json::parse(request.body, nullptr, false);
  return parsed.is_discarded() ? Json::object() : parsed;
}

AwsError JsonService::throttled() const { return {"ThrottlingException", "Rate exceeded"}; }

}  // namespace certloop::emulator
