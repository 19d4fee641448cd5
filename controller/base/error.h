#pragma once
// Why something did not happen, as a value. The code is what the caller does about it; the message
// is for people and names the subject, what is wrong and what to do.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace certloop {

// One code per distinct reaction, no more.
enum class Code {
  invalid,         // the spec is wrong: tell the user, wait for an edit
  denied,          // credentials or policy refuse: tell the user, look again slowly
  not_found,       // normal: usually means "create it"
  already_exists,  // somebody made it first: read it
  conflict,        // somebody wrote first: read again, try again
  throttled,       // asked too fast: back off
  exhausted,       // a quota is full: tell the user, look again slowly
  unavailable,     // transient: back off
  cancelled,       // we are shutting down
  internal,        // a bug, or a reply we do not understand: back off
};

// "invalid", "not_found", ...: for logs and tests.
std::string_view name_of(Code code);

// What a remote service said when it refused: kept beside the message, because conditions name it
// and because the ledger must know whether there was an answer at all (PROTOCOLS 1).
struct ServiceAnswer {
  std::string code;        // the service's own: "AccessDeniedException"
  std::string request_id;  // x-amzn-RequestId
  int http_status = 0;
};

class [[nodiscard]] Error {
 public:
  Error(Code code, std::string message);

  Code code() const { return code_; }
  const std::string& message() const { return message_; }

  // CamelCase word for a condition's reason. The one set by because(), else the service's own code,
  // else one derived from code().
  std::string reason() const;
  const std::optional<ServiceAnswer>& answer() const { return answer_; }

  // True if the request certainly had no effect: a service refused it (an answer with a 4xx
  // status), or it never left whole (not_sent). Timeouts, broken connections and 5xx leave the
  // effect unknown.
  bool is_definite_refusal() const;

  // How long to wait before asking again, where somebody told: a rate budget, or the service.
  std::optional<std::chrono::milliseconds> retry_after() const { return retry_after_; }

  // Prepends what we were doing: "issuing prod/web: acm RequestCertificate: ...".
  Error during(std::string_view activity) &&;
  Error because(std::string reason) &&;
  Error answered(ServiceAnswer answer) &&;
  Error after(std::chrono::milliseconds wait) &&;
  // For whoever knows that no service can have acted upon the request.
  Error not_sent() &&;

 private:
  Code code_;
  std::string message_;
  std::string reason_;
  std::optional<ServiceAnswer> answer_;
  std::optional<std::chrono::milliseconds> retry_after_;
  bool not_sent_ = false;
};

}  // namespace certloop
