#include "base/error.h"

#include <utility>

namespace certloop {

std::string_view name_of(Code code) {
  switch (code) {
    case Code::invalid: return "invalid";
    case Code::denied: return "denied";
    case Code::not_found: return "not_found";
    case Code::already_exists: return "already_exists";
    case Code::conflict: return "conflict";
    case Code::throttled: return "throttled";
    case Code::exhausted: return "exhausted";
    case Code::unavailable: return "unavailable";
    case Code::cancelled: return "cancelled";
    case Code::internal: return "internal";
  }
  return "internal";
}

namespace {
std::string default_reason(Code code) {
  switch (code) {
    case Code::invalid: return "Invalid";
    case Code::denied: return "AccessDenied";
    case Code::not_found: return "NotFound";
    case Code::already_exists: return "AlreadyExists";
    case Code::conflict: return "Conflict";
    case Code::throttled: return "Throttled";
    case Code::exhausted: return "QuotaExhausted";
    case Code::unavailable: return "Unavailable";
    case Code::cancelled: return "Cancelled";
    case Code::internal: return "InternalError";
  }
  return "InternalError";
}
}  // namespace

Error::Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

std::string Error::reason() const {
  if (!reason_.empty()) return reason_;
  if (answer_ && !answer_->code.empty()) return answer_->code;
  return default_reason(code_);
}

bool Error::is_definite_refusal() const {
  if (not_sent_) return true;
  // A page without a code is a gateway's: the request may have gone on to the service.
  return answer_ && !answer_->code.empty() && answer_->http_status >= 400 &&
         answer_->http_status < 500 && answer_->http_status != 408;
}

Error Error::during(std::string_view activity) && {
  message_.insert(0, std::string(activity) + ": ");
  return std::move(*this);
}

Error Error::because(std::string reason) && {
  reason_ = std::move(reason);
  return std::move(*this);
}

Error Error::answered(ServiceAnswer answer) && {
  answer_ = std::move(answer);
  return std::move(*this);
}

Error Error::not_sent() && {
  not_sent_ = true;
  return std::move(*this);
}

Error Error::after(std::chrono::milliseconds wait) && {
  retry_after_ = wait;
  return std::move(*this);
}

}  // namespace certloop
