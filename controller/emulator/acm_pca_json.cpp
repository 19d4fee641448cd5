// Private CA's shapes: checked on the way in, written on the way out.
#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "emulator/acm_pca_state.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {
namespace {

constexpr std::size_t kTagsPerAuthority = 50;

struct SubjectAttribute {
  const char* member;  // of ASN1Subject
  const char* type;    // as pki::DistinguishedName spells it
  std::size_t max;
};
constexpr SubjectAttribute kSubject[] = {{"Country", "C", 2},
                                         {"Organization", "O", 64},
                                         {"OrganizationalUnit", "OU", 64},
                                         {"DistinguishedNameQualifier", "2.5.4.46", 64},
                                         {"State", "ST", 128},
                                         {"CommonName", "CN", 64},
                                         {"SerialNumber", "serialNumber", 64},
                                         {"Locality", "L", 128},
                                         {"Title", "2.5.4.12", 64},
                                         {"Surname", "2.5.4.4", 40},
                                         {"GivenName", "2.5.4.42", 16},
                                         {"Initials", "2.5.4.43", 5},
                                         {"Pseudonym", "2.5.4.65", 128},
                                         {"GenerationQualifier", "2.5.4.44", 3}};

const std::vector<std::string> kKeyAlgorithms = {
    "RSA_2048",     "RSA_3072",  "RSA_4096",  "EC_prime256v1", "EC_secp384r1",
    "EC_secp521r1", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87",     "SM2"};

void check_subject(InputCheck& check, const Json& subject) {
  const std::string path = "certificateAuthorityConfiguration.subject";
  bool standard = false;
  for (const SubjectAttribute& attribute : kSubject) {
    const bool is_country = std::string_view(attribute.member) == "Country";
    const TextRule rule{false,
                        is_country ? std::size_t{2} : 0,
                        attribute.max,
                        {},
                        is_country ? "[A-Za-z]{2}" : nullptr};
    standard |= !check.text_in(subject, path, attribute.member, rule).empty();
  }
  if (standard && subject.contains("CustomAttributes")) {
    check.violated(path + ".customAttributes", subject["CustomAttributes"],
                   "Member must not be combined with standard attributes");
  }
}

}  // namespace

const std::vector<std::string>& signing_algorithms() {
  static const std::vector<std::string> kAlgorithms = {
      "SHA256WITHECDSA",   "SHA384WITHECDSA", "SHA512WITHECDSA",   "SHA256WITHRSA",
      "SHA384WITHRSA",     "SHA512WITHRSA",   "SHA256WITHRSA_PSS", "SHA384WITHRSA_PSS",
      "SHA512WITHRSA_PSS", "SM3WITHSM2",      "ML_DSA_44",         "ML_DSA_65",
      "ML_DSA_87"};
  return kAlgorithms;
}

pki::DistinguishedName subject_of(const Json& subject) {
  pki::DistinguishedName name;
  for (const SubjectAttribute& attribute : kSubject) {
    const auto found = subject.find(attribute.member);
    if (found != subject.end() && found->is_string() && !found->get<std::string>().empty()) {
      name.attributes.emplace_back(attribute.type, found->get<std::string>());
    }
  }
  if (subject.contains("CustomAttributes")) {
    for (const Json& custom : subject["CustomAttributes"]) {
      name.attributes.emplace_back(custom.value("ObjectIdentifier", ""), custom.value("Value", ""));
    }
  }
  return name;
}

void check_configuration(InputCheck& check, const Json& configuration) {
  const std::string path = "certificateAuthorityConfiguration";
  if (configuration.empty()) return;  // reported as null already
  check.text_in(configuration, path, "KeyAlgorithm", {true, 0, 64, kKeyAlgorithms});
  check.text_in(configuration, path, "SigningAlgorithm", {true, 0, 64, signing_algorithms()});
  const auto subject = configuration.find("Subject");
  if (subject == configuration.end() || !subject->is_object()) {
    check.violated(path + ".subject", nullptr, "Member must not be null");
  } else {
    check_subject(check, *subject);
  }
}

void check_revocation_shape(InputCheck& check, const Json& revocation) {
  const auto check_cname = [&](const Json& in, const std::string& path, const char* member) {
    check.text_in(in, path, member, {false, 0, 253, {}, R"([-a-zA-Z0-9;/?:@&=+$,%_.!~*()']*)"});
  };
  if (const auto crl = revocation.find("CrlConfiguration"); crl != revocation.end()) {
    const std::string path = "revocationConfiguration.crlConfiguration";
    if (!crl->contains("Enabled")) {
      check.violated(path + ".enabled", nullptr, "Member must not be null");
    }
    const std::int64_t days = crl->value("ExpirationInDays", std::int64_t{1});
    if (days < 1 || days > 5000) {
      check.violated(path + ".expirationInDays", days, "Member must have value between 1 and 5000");
    }
    check_cname(*crl, path, "CustomCname");
    check.text_in(*crl, path, "S3BucketName", {false, 3, 255, {}, "[-a-zA-Z0-9._/]+"});
    check.text_in(*crl, path, "S3ObjectAcl",
                  {false, 0, 64, {"PUBLIC_READ", "BUCKET_OWNER_FULL_CONTROL"}});
    check.text_in(*crl, path, "CrlType", {false, 0, 64, {"COMPLETE", "PARTITIONED"}});
  }
  if (const auto ocsp = revocation.find("OcspConfiguration"); ocsp != revocation.end()) {
    const std::string path = "revocationConfiguration.ocspConfiguration";
    if (!ocsp->contains("Enabled")) {
      check.violated(path + ".enabled", nullptr, "Member must not be null");
    }
    check_cname(*ocsp, path, "OcspCustomCname");
  }
}

Answer<void> check_revocation(const Json& revocation, const std::string& error_code) {
  for (const char* kind : {"CrlConfiguration", "OcspConfiguration"}) {
    const auto found = revocation.find(kind);
    if (found == revocation.end()) continue;
    const bool enabled = found->value("Enabled", false);
    if (!enabled && found->size() > 1) {
      return AwsError{error_code,
                      fmt::format("A disabled {} must contain only the Enabled parameter.", kind)};
    }
    for (const char* member : {"CustomCname", "OcspCustomCname"}) {
      if (found->value(member, "").find("://") != std::string::npos) {
        return AwsError{error_code, fmt::format("The value of {} must not include a protocol "
                                                "prefix such as \"http://\" or \"https://\".",
                                                member)};
      }
    }
    if (enabled && std::string_view(kind) == "CrlConfiguration" &&
        !found->contains("S3BucketName")) {
      return AwsError{error_code, "S3BucketName is required when CRLs are enabled."};
    }
  }
  return {};
}

Answer<void> check_tags(InputCheck& check, const Json& tags, Tags& into) {
  for (const Json& tag : tags) {
    const std::string key = check.text_in(tag, "tags.member", "Key", {true, 1, 128});
    const std::string value = check.text_in(tag, "tags.member", "Value", {false, 0, 256});
    if (lower(key).starts_with("aws:")) {
      return AwsError{"InvalidTagException",
                      fmt::format("aws: prefixed tag key names are not allowed for external use: "
                                  "{}",
                                  key)};
    }
    into[key] = value;
  }
  if (into.size() > kTagsPerAuthority) {
    return AwsError{
        "TooManyTagsException",
        fmt::format("You can associate up to {} tags with a private CA.", kTagsPerAuthority)};
  }
  return {};
}

Json json_of(const Authority& authority, Time now) {
  const AuthorityStatus status = authority.life.status(now);
  Json json = {{"Arn", authority.arn},
               {"OwnerAccount", authority.account},
               {"CreatedAt", epoch_seconds(authority.life.created_at)},
               {"LastStateChangeAt", epoch_seconds(authority.life.since(now))},
               {"Type", authority.type},
               {"Status", name_of(status)},
               {"CertificateAuthorityConfiguration", authority.configuration},
               {"RevocationConfiguration", authority.revocation},
               {"KeyStorageSecurityStandard", authority.key_storage},
               {"UsageMode", authority.usage_mode}};
  if (authority.certificate) {
    json["Serial"] = authority.certificate->serial();
    json["NotBefore"] = epoch_seconds(authority.certificate->not_before());
    json["NotAfter"] = epoch_seconds(authority.certificate->not_after());
  }
  if (status == AuthorityStatus::failed) json["FailureReason"] = "UNSUPPORTED_ALGORITHM";
  if (authority.life.deletion) {
    json["RestorableUntil"] = epoch_seconds(authority.life.deletion->restorable_until);
  }
  return json;
}

Answer<std::uint64_t> position_of(const std::string& token) {
  const AwsError invalid{"InvalidNextTokenException", "The token is not valid."};
  const std::optional<std::string> text = from_base64(token);
  if (!text || !text->starts_with("after ")) return invalid;
  std::uint64_t position = 0;
  const auto [end, error] =
      std::from_chars(text->data() + 6, text->data() + text->size(), position);
  if (error != std::errc() || end != text->data() + text->size()) return invalid;
  return position;
}

std::string token_of(std::uint64_t position) {
  return to_base64(fmt::format("after {}", position));
}

}  // namespace certloop::emulator
