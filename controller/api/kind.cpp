#include "api/kind.h"

#include <array>

#include "base/text.h"

namespace certloop::api {
namespace {

constexpr std::string_view kOurs = "certloop.dev/v1alpha1";

// In the order of the enumeration, so that info_of() is an index.
constexpr std::array<KindInfo, 8> kKinds = {{
    {Kind::account, "Account", "accounts", "", kOurs, false, true},
    {Kind::certificate_authority, "CertificateAuthority", "certificateauthorities", "", kOurs,
     false, true},
    {Kind::certificate, "Certificate", "certificates", "acmcert", kOurs, false, true},
    {Kind::placement, "Placement", "placements", "", kOurs, true, true},
    {Kind::hosted_zone, "HostedZone", "hostedzones", "", kOurs, true, true},
    {Kind::zone_record, "ZoneRecord", "zonerecords", "", kOurs, true, false},
    {Kind::secret, "Secret", "secrets", "", "v1", false, false},
    {Kind::event, "Event", "events", "ev", "v1", true, false},
}};

}  // namespace

std::span<const KindInfo> all_kinds() { return kKinds; }

const KindInfo& info_of(Kind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

std::optional<Kind> kind_named(std::string_view name) {
  const std::string wanted = lower(name);
  if (wanted.empty()) return std::nullopt;
  for (const KindInfo& info : kKinds)
    if (wanted == lower(info.name) || wanted == info.plural || wanted == info.short_name)
      return info.kind;
  return std::nullopt;
}

std::string text_of(const Key& key) {
  std::string text(info_of(key.kind).name);
  text += ' ';
  if (!key.space.empty()) text += key.space + '/';
  return text + key.name;
}

}  // namespace certloop::api
