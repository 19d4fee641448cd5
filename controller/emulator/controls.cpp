// The controls under /_certloop: unsigned, for tests and examples.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "emulator/internals.h"

namespace certloop::emulator {

namespace {

net::HttpResponse json_response(int status, const Json& body) {
  return {status,
          {{"Content-Type", "application/json"}},
          body.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"};
}

net::HttpResponse refused(int status, const std::string& message) {
  return json_response(status, {{"error", message}});
}

Json rendered(const CallRecord& record) {
  return {{"sequence", record.sequence},
          {"time", rfc3339_millis(record.time)},
          {"account", record.account},
          {"region", record.region},
          {"service", record.service},
          {"operation", record.operation},
          {"mutating", record.mutating},
          {"request", Json::parse(record.request, nullptr, false)},
          {"httpStatus", record.http_status},
          {"errorCode", record.error_code},
          {"arn", record.arn}};
}

std::optional<Fault> fault_from(const Json& body) {
  static const std::map<std::string, Fault::Kind> kKinds = {{"error", Fault::Kind::error},
                                                            {"drop", Fault::Kind::drop},
                                                            {"crash", Fault::Kind::crash},
                                                            {"lost", Fault::Kind::lost}};
  Fault fault;
  fault.service = body.value("service", "");
  fault.operation = body.value("operation", "");
  fault.nth = body.value("nth", 0);
  fault.probability = body.value("probability", 0.0);
  fault.http_status = body.value("httpStatus", fault.http_status);
  fault.error_code = body.value("errorCode", fault.error_code);
  fault.message = body.value("message", fault.message);
  const auto kind = kKinds.find(body.value("kind", "error"));
  if (kind == kKinds.end() || (fault.nth <= 0 && fault.probability <= 0)) return std::nullopt;
  fault.kind = kind->second;
  return fault;
}

net::HttpResponse after(const Answer<void>& done) {
  if (!done.ok()) return refused(done.error().http_status, done.error().message);
  return json_response(200, Json::object());
}

}  // namespace

net::HttpResponse Emulator::Internals::control(const net::HttpRequest& request) {
  const std::string what = request.method + ' ' + request.url.path.substr(10);
  const Json body =
      request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return refused(400, "the body must be a JSON object");
  try {
    Lock lock(mutex);
    if (what == "GET /calls") {
      Json calls = Json::array();
      for (const CallRecord& record : log) calls.push_back(rendered(record));
      return json_response(200, {{"calls", std::move(calls)}});
    }
    if (what == "DELETE /calls") {
      log.clear();
      next_sequence = 1;
      return json_response(200, Json::object());
    }
    if (what == "POST /clock") {
      const double seconds = body.at("advanceSeconds").get<double>();
      if (seconds < 0) return refused(400, "advanceSeconds must not be negative");
      advanced += static_cast<Duration::rep>(seconds * 1000);
      return json_response(200, {{"now", rfc3339_millis(now())}});
    }
    if (what == "GET /clock") return json_response(200, {{"now", rfc3339_millis(now())}});
    if (what == "GET /certificates") {
      return json_response(200, {{"certificates", world.certificates->all(now())}});
    }
    if (what == "POST /certificates") {
      return after(world.certificates->force(body.at("arn"), body, now()));
    }
    if (what == "POST /in-use") {
      return after(world.certificates->set_in_use(
          body.at("arn"), body.at("resources").get<std::vector<std::string>>(), now()));
    }
    if (what == "POST /faults") {
      const std::optional<Fault> fault = fault_from(body);
      if (!fault) return refused(400, "a fault needs nth or probability, and a kind that exists");
      faults.add(*fault);
      return json_response(200, Json::object());
    }
    if (what == "POST /denials") {
      permissions.deny({body.at("principal"), body.at("action")});
      return json_response(200, Json::object());
    }
    if (what == "DELETE /denials") {
      permissions.clear();
      return json_response(200, Json::object());
    }
    if (what == "DELETE /faults") {
      faults.clear();
      return json_response(200, Json::object());
    }
  } catch (const Json::exception& error) {
    return refused(400, fmt::format("the body does not have the members needed: {}", error.what()));
  }
  return refused(404, "no such control: " + what);
}

}  // namespace certloop::emulator
