#pragma once
// One emulated service at a time, on a virtual clock, without signatures and HTTP around it.
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/random.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "emulator/identities.h"
#include "emulator/service.h"

namespace certloop::emulator {

inline constexpr const char* kAccount = "123456789012";
inline constexpr const char* kOtherAccount = "210987654321";

// What the service answered to one call.
struct Outcome {
  int status = 0;
  std::string error;  // the code; empty: success
  std::string message;
  std::string body;
  Json json;
};

struct ServiceBench {
  EmulatorOptions options;
  SeededRandom random{7};
  Identities identities{options};
  World world{options, random, identities};
  Time now = *parse_rfc3339("2026-11-21T02:00:00Z");
  std::string account = kAccount;
  std::string region = "eu-west-1";

  explicit ServiceBench(EmulatorOptions the_options = {}) : options(std::move(the_options)) {}

  void advance(Duration by) { now += by; }

  Outcome send(Service& service, net::HttpRequest request) {
    const Operation* operation = service.operation_of(request);
    if (!operation) return {404, "UnknownOperationException", "", "", {}};
    Call call{world,      request,     account, "arn:aws:iam::" + account + ":user/test",
              "AIDATEST", "test",      false,   region,
              now,        "request-1", ""};
    const Reply reply = service.perform(call, *operation);
    Outcome outcome{reply.response.status, reply.error_code, "", reply.response.body, {}};
    outcome.json = Json::parse(outcome.body, nullptr, false);
    if (outcome.json.is_object()) {
      outcome.message = outcome.json.value("message", outcome.json.value("Message", ""));
    } else if (!outcome.error.empty()) {
      const std::size_t begin = outcome.body.find("<Message>") + 9;
      outcome.message = outcome.body.substr(begin, outcome.body.find("</Message>") - begin);
    }
    return outcome;
  }

  // JSON 1.1: target "ACMPrivateCA.ListTags".
  Outcome send(Service& service, const std::string& target, const Json& input) {
    net::HttpRequest request;
    request.method = "POST";
    request.url = {"https", "localhost", "", "/", ""};
    request.headers = {{"X-Amz-Target", target}};
    request.body = input.dump();
    return send(service, std::move(request));
  }

  // REST-XML: "/2013-04-01/hostedzone?maxitems=1".
  Outcome send(Service& service, const std::string& method, const std::string& path_and_query,
               const std::string& body) {
    net::HttpRequest request;
    request.method = method;
    const std::size_t mark = path_and_query.find('?');
    request.url = {"https", "localhost", "", path_and_query.substr(0, mark),
                   mark == std::string::npos ? "" : path_and_query.substr(mark + 1)};
    request.body = body;
    return send(service, std::move(request));
  }
};

}  // namespace certloop::emulator
