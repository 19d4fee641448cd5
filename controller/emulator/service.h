#pragma once
// The frame that each emulated AWS service plugs into. Private to this folder: only its own .cpp
// files include it. The core (emulator.cpp) routes, verifies the signature, applies rates and
// faults, writes the call log and adds x-amzn-RequestId and Date; a service only knows its
// operations.
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "emulator/answer.h"
#include "emulator/world.h"
#include "net/http.h"

namespace certloop::emulator {

using Json = nlohmann::json;

// One call on its way, already authenticated.
struct Call {
  World& world;
  const net::HttpRequest& request;
  std::string account;        // the caller's
  std::string principal_arn;  // as GetCallerIdentity says it
  std::string user_id;
  std::string access_key_id;
  bool is_session = false;  // temporary credentials
  std::string region;       // of the credential scope
  Time now{};               // virtual
  std::string request_id;
  // For the call log, written by the service: what was made or concerned.
  std::string arn;
};

// A token bucket of AWS's published quotas. `name` empty: the operation's own; operations that
// name the same bucket share it. Kept per account and region.
struct Rate {
  double per_second = 0;
  double capacity = 0;  // 0: max(1, per_second)
  std::string name = {};
};

struct Operation {
  std::string name;       // "RequestCertificate"
  bool mutating = false;  // for the call log: changes something, if it succeeds
  std::vector<Rate> rates = {};
};

// What came of a call.
struct Reply {
  net::HttpResponse response;
  std::string error_code;  // empty: success
};

// Called under the emulator's lock, one call at a time.
class Service {
 public:
  virtual ~Service() = default;

  // The name in the credential scope: "acm", "acm-pca", "sts", "iam", "route53", "tagging".
  virtual std::string_view signing_name() const = 0;
  // Which of its operations the request asks for; null if none. Valid as long as the service.
  virtual const Operation* operation_of(const net::HttpRequest& request) const = 0;
  virtual Reply perform(Call& call, const Operation& operation) = 0;
  // An error in the service's own protocol.
  virtual net::HttpResponse refusal(const AwsError& error, const std::string& request_id) const = 0;
  // The request's parameters as JSON, for the call log. The core masks secrets.
  virtual Json request_json(const net::HttpRequest& request) const = 0;
  virtual AwsError throttled() const = 0;
  // The state for --data, and back into a service just made.
  virtual Json dump() const = 0;
  virtual void restore(const Json& state) = 0;
};

// A service of protocol JSON 1.1: POST /, X-Amz-Target "<prefix>.<operation>". Its derived class
// fills the table in its constructor:
//   add({"DeleteCertificate", true, {{10}}},
//       [this](Call& call, const Json& input) { return delete_certificate(call, input); });
// An output that is null makes an empty body, as AWS does for operations without output.
class JsonService : public Service {
 public:
  using Handler = std::function<Answer<Json>(Call& call, const Json& input)>;

  const Operation* operation_of(const net::HttpRequest& request) const final;
  Reply perform(Call& call, const Operation& operation) final;
  net::HttpResponse refusal(const AwsError& error, const std::string& request_id) const final;
  Json request_json(const net::HttpRequest& request) const final;
  AwsError throttled() const override;  // ThrottlingException "Rate exceeded"

 protected:
  explicit JsonService(std::string target_prefix) : target_prefix_(std::move(target_prefix)) {}
  void add(Operation operation, Handler handler);

 private:
  struct Entry {
    Operation operation;
    Handler handler;
  };
  std::string target_prefix_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

// The services, in services.cpp; each registers what it offers in the world.
std::vector<std::unique_ptr<Service>> make_services(World& world);

}  // namespace certloop::emulator
