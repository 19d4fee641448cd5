#pragma once
// The one open call that an object may have (PROTOCOLS 1).
#include <cstdint>
#include <optional>
#include <string>

#include "api/document.h"
#include "base/clock.h"

namespace certloop::api {

// Written by compare-and-swap before a call that creates something is sent, closed by what the
// service answered. Holds the whole request as sent, never a key.
struct PendingCall {
  std::string id;          // the intent: stands in the tag certloop.dev/intent of what is created
  std::string call;        // "acm:RequestCertificate"
  std::string account_id;  // of the AWS account that it was sent to
  Document request;        // without key material
  std::string token;       // the idempotency token, a hash of uid, request and attempt
  Time first_sent{};       // of this token
  Time sent{};             // of the last send
  // When the first of two complete listings was begun that lacks what the call makes.
  std::optional<Time> missed = {};
  std::int64_t attempt = 1;

  bool operator==(const PendingCall&) const = default;
};

}  // namespace certloop::api
