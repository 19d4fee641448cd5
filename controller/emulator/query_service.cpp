#include "emulator/query_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {

namespace {

QueryService::Form form_of(const net::HttpRequest& request) {
  QueryService::Form form;
  for (const std::string* text : {&request.url.query, &request.body}) {
    for (std::string part : split(*text, '&')) {
      if (part.empty()) continue;
      std::replace(part.begin(), part.end(), '+', ' ');
      const auto equals = part.find('=');
      form[percent_decode(part.substr(0, equals))] =
          equals == std::string::npos ? "" : percent_decode(part.substr(equals + 1));
    }
  }
  return form;
}

}  // namespace

std::string field(const QueryService::Form& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? "" : found->second;
}

std::string element(std::string_view name, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>", name, escaped_xml(text));
}

AwsError violates(const std::string& value, std::string_view member, const std::string& rule) {
  const std::string shown = value.empty() ? "null" : "'" + value + "'";
  return {"ValidationError",
          fmt::format("1 validation error detected: Value {} at '{}' failed to satisfy constraint: "
                      "Member must {}",
                      shown, member, rule)};
}

void QueryService::add(Operation operation, Handler handler) {
  entries_.push_back(std::make_unique<Entry>(Entry{std::move(operation), std::move(handler)}));
}

const Operation* QueryService::operation_of(const net::HttpRequest& request) const {
  if (net::header(request.headers, "X-Amz-Target")) return nullptr;
  const std::string action = field(form_of(request), "Action");
  for (const auto& entry : entries_) {
    if (entry->operation.name == action) return &entry->operation;
  }
  return nullptr;
}

Reply QueryService::perform(Call& call, const Operation& operation) {
  const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const auto& each) { return &each->operation == &operation; });
  Answer<std::string> result = (*entry)->handler(call, form_of(call.request));
  if (!result.ok()) return {refusal(result.error(), call.request_id), result.error().code};
  std::string body = fmt::format(
      "<{0}Response xmlns=\"{1}\">\n  <{0}Result>{2}</{0}Result>\n  <ResponseMetadata>\n    "
      "<RequestId>{3}</RequestId>\n  </ResponseMetadata>\n</{0}Response>\n",
      operation.name, xml_namespace_, result.value(), call.request_id);
  return {{200, {{"Content-Type", "text/xml"}}, std::move(body)}, ""};
}

net::HttpResponse QueryService::refusal(const AwsError& error,
                                        const std::string& request_id) const {
  return {error.http_status,
          {{"Content-Type", "text/xml"}},
          fmt::format("<ErrorResponse xmlns=\"{}\">\n  <Error>\n    <Type>{}</Type>\n    "
                      "<Code>{}</Code>\n    <Message>{}</Message>\n  </Error>\n  "
                      "<RequestId>{}</RequestId>\n</ErrorResponse>\n",
                      xml_namespace_, error.http_status < 500 ? "Sender" : "Receiver", error.code,
                      escaped_xml(error.message), request_id)};
}

Json QueryService::request_json(const net::HttpRequest& request) const {
  return Json(form_of(request));
}

}  // namespace certloop::emulator
