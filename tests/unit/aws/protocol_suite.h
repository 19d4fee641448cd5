#pragma once
// AWS's published protocol cases: shapes, parameters and what they look like on the wire. The tests
// walk a case's shapes and write or read each value with what our clients use for theirs.
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "published.h"
#include "scripted_transport.h"

namespace certloop::aws {

using Tree = nlohmann::ordered_json;  // the order of members is part of some formats

struct ProtocolCase {
  std::string id;
  Tree shapes, given, wanted, metadata;

  const Tree& shape(const Tree& reference) const {
    return shapes.at(reference.at("shape").get<std::string>());
  }
};

inline std::vector<ProtocolCase> protocol_cases(const std::filesystem::path& path) {
  std::vector<ProtocolCase> cases;
  const Tree suites = Tree::parse(read_file(path));
  for (const Tree& suite : suites)
    for (const Tree& entry : suite.at("cases"))
      cases.push_back(
          {entry.at("id"), suite.at("shapes"), entry.at("given"), entry, suite.at("metadata")});
  return cases;
}

// Cases that do not concern us, with the reason. A name that no case has is a mistake in the list.
using NotOurs = std::map<std::string, std::vector<std::string>>;

inline std::map<std::string, std::string> reasons_by_case(const NotOurs& not_ours) {
  std::map<std::string, std::string> reasons;
  for (const auto& [reason, ids] : not_ours)
    for (const std::string& id : ids) reasons[id] = reason;
  return reasons;
}

template <class Check>
void for_each_case(const std::filesystem::path& path, const NotOurs& not_ours, Check check) {
  auto reasons = reasons_by_case(not_ours);
  const auto cases = protocol_cases(path);
  std::set<std::string> run;
  for (const ProtocolCase& one : cases) {
    if (reasons.contains(one.id)) continue;
    SCOPED_TRACE(one.id);
    run.insert(one.id);
    try {
      check(one);
    } catch (const nlohmann::json::exception& problem) {
      ADD_FAILURE() << problem.what();
    }
  }
  for (const ProtocolCase& one : cases) reasons.erase(one.id);
  for (const auto& [id, reason] : reasons) ADD_FAILURE() << "no such case: " << id;
  EXPECT_GT(run.size(), cases.size() / 3);
}

inline std::string format_of(const Tree& reference, const Tree& shape, const char* fallback) {
  return reference.value("timestampFormat", shape.value("timestampFormat", fallback));
}

inline Time time_of(const Tree& seconds) {
  return Time(Duration(std::llround(seconds.get<double>() * 1000)));
}

// A scalar as text, as XML, forms and paths have it.
inline std::string scalar_text(const Tree& reference, const Tree& shape, const Tree& value) {
  const std::string type = shape.at("type");
  if (type == "blob") return to_base64(value.get<std::string>());
  if (type == "timestamp") {
    const std::string format = format_of(reference, shape, "iso8601");
    if (format == "unixTimestamp") return value.dump();
    return format == "rfc822" ? http_date(time_of(value)) : rfc3339(time_of(value));
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

inline std::string wire_name(const Tree& reference, const std::string& name) {
  return reference.value("locationName", name);
}

// What a client for that service sends, seen by the transport.
inline net::HttpRequest sent_request(const std::string& service, const std::string& host,
                                     Call call) {
  World world;
  world.transport.then(200, "");
  ClientSettings settings = world.settings();
  settings.endpoint_url = "https://" + (host.empty() ? "example.com" : host);
  Client client(service, settings);
  EXPECT_TRUE(client.call(std::move(call)).ok());
  return world.transport.requests().at(0);
}

inline std::multiset<std::string> parts_of(const std::string& text) {
  std::multiset<std::string> parts;
  for (const std::string& part : split(text, '&'))
    if (!part.empty()) parts.insert(part);
  return parts;
}

// Method, path, query and the named headers; the body is the protocol's own business.
inline void expect_sent(const net::HttpRequest& request, const Tree& serialized) {
  EXPECT_EQ(request.method, serialized.value("method", "POST"));
  const std::string uri = serialized.at("uri");
  EXPECT_EQ(request.url.path, uri.substr(0, uri.find('?')));
  EXPECT_EQ(parts_of(request.url.query),
            parts_of(uri.find('?') == std::string::npos ? "" : uri.substr(uri.find('?') + 1)));
  const Tree headers = serialized.value("headers", Tree::object());
  for (const auto& [name, value] : headers.items())
    EXPECT_EQ(net::header(request.headers, name), value.get<std::string>()) << name;
}

inline net::HttpResponse response_of(const Tree& wanted) {
  net::HttpResponse response;
  response.status = wanted.at("response").at("status_code");
  response.body = wanted.at("response").value("body", "");
  const Tree headers = wanted.at("response").value("headers", Tree::object());
  for (const auto& [name, value] : headers.items())
    response.headers.emplace_back(name, value.get<std::string>());
  return response;
}

}  // namespace certloop::aws
