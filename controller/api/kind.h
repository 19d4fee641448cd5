#pragma once
// The closed set of kinds, and what one object is called. Plain values; thread-safe to read.
#include <compare>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace certloop::api {

enum class Kind {
  account,
  certificate_authority,
  certificate,
  placement,    // one certificate in one (account, region); made by its Certificate
  hosted_zone,  // a Route 53 zone in which we keep validation records; made by placements
  zone_record,  // one validation record in a HostedZone; made by the zone's reconciler
  secret,       // core/v1
  event,        // core/v1
};

struct KindInfo {
  Kind kind;
  std::string_view name;         // "Certificate"
  std::string_view plural;       // "certificates"
  std::string_view short_name;   // "acmcert"; may be empty
  std::string_view api_version;  // "certloop.dev/v1alpha1"
  bool internal;                 // made by the controller; users may only read it
  bool in_categories;            // among what "all" and "certloop" name
};

std::span<const KindInfo> all_kinds();
const KindInfo& info_of(Kind kind);
// By name, plural, singular or short name, without regard to case ("certificate", "acmcert").
std::optional<Kind> kind_named(std::string_view name);

struct Key {
  Kind kind = Kind::certificate;
  std::string space;  // the namespace
  std::string name;

  auto operator<=>(const Key&) const = default;
};

// "Certificate payments/shop": how messages name an object.
std::string text_of(const Key& key);

}  // namespace certloop::api

template <>
struct std::hash<certloop::api::Key> {
  std::size_t operator()(const certloop::api::Key& key) const noexcept {
    const std::hash<std::string> text;
    return (text(key.name) * 31 + text(key.space)) * 31 + static_cast<std::size_t>(key.kind);
  }
};
