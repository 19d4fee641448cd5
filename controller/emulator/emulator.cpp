#include "emulator/emulator.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/timestamp.h"
#include "emulator/internals.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {

namespace {

constexpr int kDumpVersion = 1;

void mask(Json& value) {
  constexpr std::array<std::string_view, 6> kSecrets = {
      "PrivateKey", "Passphrase", "SecretAccessKey", "SessionToken", "TokenCode", "SecretString"};
  if (value.is_array()) {
    for (Json& each : value) mask(each);
  } else if (value.is_object()) {
    for (auto& [name, member] : value.items()) {
      if (std::find(kSecrets.begin(), kSecrets.end(), name) != kSecrets.end()) {
        member = "***";
      } else {
        mask(member);
      }
    }
  }
}

AwsError region_disabled() {
  return {"RegionDisabledException", "STS is not activated in this region for account", 403};
}

}  // namespace

std::string masked(Json parameters) {
  mask(parameters);
  return parameters.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Emulator::Internals::Internals(EmulatorOptions the_options, const Clock& the_clock,
                               Random& the_random)
    : options(std::move(the_options)),
      clock(the_clock),
      random(the_random),
      identities(options),
      permissions(identities, options.denials),
      world(options, random, identities),
      services(make_services(world)),
      faults(options.faults) {
  world.permissions = &permissions;
}

net::HttpResponse Emulator::Internals::handle(const net::HttpRequest& request) {
  if (request.url.path.starts_with("/_certloop/")) return control(request);

  Passage passage{request, random.uuid(), now(), nullptr, nullptr, {}};
  const Answer<Authorization> authorization = authorization_of(request);
  find_service(passage, authorization.ok() ? authorization.value().service : "");
  net::HttpResponse response;
  std::optional<Identity> identity;
  std::optional<AwsError> denial;
  if (!authorization.ok()) {
    denial = authorization.error();
  } else {
    identity = identities.find(authorization.value().access_key_id);
    const Answer<void> verified =
        identity ? verify(request, authorization.value(), *identity, passage.now)
                 : Answer<void>(unknown_access_key());
    if (!verified.ok()) denial = verified.error();
  }
  Lock lock(mutex);
  response =
      denial ? refuse(passage, *denial) : admitted(passage, authorization.value(), *identity);
  write_log(passage, response.status);
  if (response.status == 0) return response;
  net::set_header(response.headers, "x-amzn-RequestId", passage.request_id);
  net::set_header(response.headers, "Date", http_date(passage.now));
  return response;
}

// Without a usable signature, what the request looks like decides which protocol refuses it.
void Emulator::Internals::find_service(Passage& passage, const std::string& signing_name) const {
  for (const auto& service : services) {
    if (!signing_name.empty() && service->signing_name() != signing_name) continue;
    const Operation* operation = service->operation_of(passage.request);
    if (signing_name.empty() && !operation) continue;
    passage.service = service.get();
    passage.operation = operation;
    break;
  }
  passage.record.service = passage.service ? passage.service->signing_name() : signing_name;
  if (!passage.operation) return;
  passage.record.operation = passage.operation->name;
  passage.record.mutating = passage.operation->mutating;
}

net::HttpResponse Emulator::Internals::refuse(Passage& passage, const AwsError& error) const {
  const bool speaks_json = !passage.service || dynamic_cast<JsonService*>(passage.service);
  const AwsError spoken = speaks_json ? error : in_query_words(error);
  passage.record.error_code = spoken.code;
  if (passage.service) return passage.service->refusal(spoken, passage.request_id);
  const Json body = {{"__type", spoken.code}, {"message", spoken.message}};
  return {spoken.http_status,
          {{"Content-Type", "application/x-amz-json-1.1"}, {"x-amzn-ErrorType", spoken.code}},
          body.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

net::HttpResponse Emulator::Internals::admitted(Passage& passage,
                                                const Authorization& authorization,
                                                const Identity& identity) {
  passage.record.account = identity.account;
  passage.record.region = authorization.region;
  const auto& disabled = options.disabled_regions;
  if (std::find(disabled.begin(), disabled.end(), authorization.region) != disabled.end()) {
    return refuse(passage,
                  authorization.service == "sts" ? region_disabled() : unknown_access_key());
  }
  if (!passage.service) {
    return refuse(passage, {"UnknownOperationException",
                            "The service '" + authorization.service + "' is not emulated."});
  }
  if (!passage.operation) {
    if (dynamic_cast<JsonService*>(passage.service)) {
      return refuse(passage, {"UnknownOperationException", ""});
    }
    return refuse(passage, {"InvalidAction", "Could not find the operation that was asked for."});
  }
  if (options.enforce_rates &&
      !buckets.take(identity.account, authorization.region, authorization.service,
                    *passage.operation, passage.now)) {
    return refuse(passage, passage.service->throttled());
  }
  if (!permissions.is_open()) {
    const std::optional<AwsError> denial = permissions.refusal_of(
        identity, authorization.region, authorization.service, *passage.operation, passage.request,
        passage.service->request_json(passage.request));
    if (denial) return refuse(passage, *denial);
  }
  const std::optional<Fault> fault =
      faults.strike(authorization.service, passage.operation->name, random);
  const AwsError failure = {"InternalFailure",
                            "The request processing has failed because of an unknown error, "
                            "exception or failure.",
                            500};
  if (fault && fault->kind == Fault::Kind::error) {
    return refuse(passage, {fault->error_code, fault->message, fault->http_status});
  }
  if (fault && fault->kind == Fault::Kind::crash) return refuse(passage, failure);

  net::HttpResponse response = performed(passage, authorization, identity);
  if (fault && fault->kind == Fault::Kind::drop) return {};
  if (fault && fault->kind == Fault::Kind::lost) return refuse(passage, failure);
  return response;
}

net::HttpResponse Emulator::Internals::performed(Passage& passage,
                                                 const Authorization& authorization,
                                                 const Identity& identity) {
  Call call{world,
            passage.request,
            identity.account,
            identity.principal_arn,
            identity.user_id,
            identity.access_key_id,
            !identity.session_token.empty(),
            authorization.region,
            passage.now,
            passage.request_id,
            ""};
  Reply reply = passage.service->perform(call, *passage.operation);
  passage.record.error_code = std::move(reply.error_code);
  passage.record.arn = std::move(call.arn);
  return std::move(reply.response);
}

void Emulator::Internals::write_log(Passage& passage, int http_status) {
  CallRecord& record = passage.record;
  record.sequence = next_sequence++;
  record.time = passage.now;
  record.http_status = http_status;
  if (passage.service) record.request = masked(passage.service->request_json(passage.request));
  log.push_back(std::move(record));
  while (log.size() > options.call_log_limit) log.pop_front();
}

Emulator::Emulator(EmulatorOptions options, const Clock& clock, Random& random)
    : internals_(std::make_unique<Internals>(std::move(options), clock, random)) {}
Emulator::~Emulator() = default;

net::HttpResponse Emulator::handle(const net::HttpRequest& request) {
  return internals_->handle(request);
}

Time Emulator::now() const { return internals_->now(); }

void Emulator::advance(Duration by) {
  if (by > Duration::zero()) internals_->advanced += by.count();
}

std::vector<CallRecord> Emulator::calls() const {
  Lock lock(internals_->mutex);
  return {internals_->log.begin(), internals_->log.end()};
}

std::vector<CallRecord> Emulator::mutating_calls() const {
  std::vector<CallRecord> records = calls();
  std::erase_if(records, [](const CallRecord& record) { return !record.mutating; });
  return records;
}

void Emulator::clear_calls() {
  Lock lock(internals_->mutex);
  internals_->log.clear();
  internals_->next_sequence = 1;
}

void Emulator::add_fault(Fault fault) {
  Lock lock(internals_->mutex);
  internals_->faults.add(std::move(fault));
}

void Emulator::clear_faults() {
  Lock lock(internals_->mutex);
  internals_->faults.clear();
}

void Emulator::deny(Denial denial) {
  Lock lock(internals_->mutex);
  internals_->permissions.deny(std::move(denial));
}

void Emulator::clear_denials() {
  Lock lock(internals_->mutex);
  internals_->permissions.clear();
}

Result<void> Emulator::set_in_use(const std::string& certificate_arn,
                                  std::vector<std::string> resources) {
  Lock lock(internals_->mutex);
  const Answer<void> done =
      internals_->world.certificates->set_in_use(certificate_arn, std::move(resources), now());
  if (!done.ok()) return Error(Code::not_found, done.error().message);
  return {};
}

const EmulatorOptions& Emulator::options() const { return internals_->options; }

Secret Emulator::dump() const {
  Json state = {{"version", kDumpVersion},
                {"advancedMillis", internals_->advanced.load()},
                {"sessions", internals_->identities.dump()},
                {"services", Json::object()}};
  Lock lock(internals_->mutex);
  for (const auto& service : internals_->services) {
    state["services"][std::string(service->signing_name())] = service->dump();
  }
  return Secret::take(state.dump());
}

Result<void> Emulator::restore(const Secret& dump) {
  try {
    const Json state = Json::parse(dump.reveal());
    if (state.at("version") != kDumpVersion) {
      return Error(Code::invalid, "the emulator's state is of another version: start afresh");
    }
    internals_->advanced = state.at("advancedMillis").get<Duration::rep>();
    internals_->identities.restore(state.at("sessions"));
    Lock lock(internals_->mutex);
    for (const auto& service : internals_->services) {
      const auto found = state.at("services").find(std::string(service->signing_name()));
      if (found != state.at("services").end()) service->restore(*found);
    }
    return {};
  } catch (const Json::exception&) {
    return Error(Code::invalid, "the emulator's state file is damaged: remove it to start afresh");
  }
}

Result<net::HttpResponse> EmulatorTransport::send(const net::HttpRequest& request,
                                                  std::stop_token stop) {
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped before the request was sent");
  net::HttpResponse response = emulator_.handle(request);
  if (response.status == 0) {
    return Error(Code::unavailable,
                 host_of(request) + ": the connection was closed without an answer");
  }
  return response;
}

}  // namespace certloop::emulator
