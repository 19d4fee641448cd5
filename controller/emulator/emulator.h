#pragma once
// AWS in one object: Certificate Manager, Private CA, STS, IAM, Route 53 and the tagging API, as
// far as this project calls them, with signatures, rates, delays and errors as AWS has them.
// Nothing here comes from the project's own AWS client, so that it can prove that client wrong.
//
// Beside the AWS services it answers these controls, unsigned, for tests and examples:
//   GET    /_certloop/calls           {"calls": [...]}: every AWS call so far, oldest first
//   DELETE /_certloop/calls           forgets them
//   GET    /_certloop/clock           {"now": "2026-11-21T02:03:04Z"}
//   POST   /_certloop/clock           {"advanceSeconds": n}: moves virtual time forward
//   POST   /_certloop/in-use          {"arn": "...", "resources": ["arn:...", ...]}: what
//                                     DescribeCertificate's InUseBy says from now on
//   GET    /_certloop/certificates    {"certificates": [...]}: everything ACM holds, all accounts
//   POST   /_certloop/certificates    {"arn": "...", ...}: makes happen what only Amazon or a
//   person
//                                     can: {"status": "INACTIVE"}, {"approve": true} (e-mail
//                                     validation), {"failureReason": "CAA_ERROR"}
//   POST   /_certloop/faults          {"service", "operation", "nth", "probability", "kind",
//                                     "httpStatus", "errorCode", "message"}: adds a fault; DELETE
//                                     removes all
//   POST   /_certloop/denials         {"principal", "action"}: refused from now on; DELETE allows
//                                     everything again
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "emulator/emulator_options.h"
#include "net/http.h"

namespace certloop::emulator {

// One line of the call log: every request that reached an operation, refused ones too.
struct CallRecord {
  std::uint64_t sequence = 0;  // from 1, without gaps until cleared
  Time time{};
  std::string account, region, service, operation;
  bool mutating = false;
  std::string request;     // JSON; private keys, passphrases and secrets masked as "***"
  int http_status = 0;     // 0: the connection was dropped
  std::string error_code;  // empty: success
  std::string arn;         // what the call made or concerned; may be empty
};

// Safe for concurrent use. Signatures are checked outside, everything else under one lock.
class Emulator {
 public:
  // `clock` and `random` must outlive the emulator. Virtual time is the clock's plus what was
  // advanced here.
  Emulator(EmulatorOptions options, const Clock& clock, Random& random);
  ~Emulator();
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  // Never fails: every refusal is an answer. Status 0 means "close the connection, say nothing".
  // The service is taken from the signature's credential scope, for unsigned STS calls from Action.
  net::HttpResponse handle(const net::HttpRequest& request);

  Time now() const;
  void advance(Duration by);
  std::vector<CallRecord> calls() const;
  std::vector<CallRecord> mutating_calls() const;
  void clear_calls();
  void add_fault(Fault fault);
  void clear_faults();
  // From now on; what the options deny stays denied until clear_denials(). Not part of dump().
  void deny(Denial denial);
  void clear_denials();
  // What uses the certificate: ARNs of load balancers and the like. Errors: not_found.
  Result<void> set_in_use(const std::string& certificate_arn, std::vector<std::string> resources);
  const EmulatorOptions& options() const;

  // The state as text for a file, and back (only into a fresh emulator). Holds private keys.
  Secret dump() const;
  Result<void> restore(const Secret& dump);

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

// Carries requests straight into an emulator, without a network: a dropped connection comes back
// as `unavailable`. Counts nothing and sleeps never. Safe for concurrent use.
class EmulatorTransport final : public net::Transport {
 public:
  // The emulator must outlive this.
  explicit EmulatorTransport(Emulator& emulator) : emulator_(emulator) {}
  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token stop) override;

 private:
  Emulator& emulator_;
};

}  // namespace certloop::emulator
