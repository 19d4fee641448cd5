#include "api/wire.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace certloop::api {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

const Time kNoon = std::chrono::sys_days(std::chrono::year{2026} / 11 / 21) + 12h;

Object object_of(Kind kind, std::string_view spec, std::string_view status = "{}") {
  Object object;
  object.kind = kind;
  object.meta.space = "payments";
  object.meta.name = "a";
  object.body = *Document::parse(R"({"spec":)" + std::string(spec) + "}");
  object.status = *Document::parse(status);
  return object;
}

// One row: the JSON of a spec and status in which every field differs from its default. Reading and
// writing must give the same text again, so that no field is lost on either way.
struct Row {
  const char* name;
  Kind kind;
  const char* spec;
  const char* status;
};

constexpr const char* kRequestSpec = R"({
  "domainName": "shop.example.com", "additionalNames": ["www.shop.example.com"],
  "accountRef": {"name": "prod", "namespace": "ops"}, "region": "us-east-1",
  "issuer": {"amazon": {"hostedZones": [{"accountRef": {"name": "dns"}, "id": "Z1"}],
                        "exportable": true}},
  "keyAlgorithm": "EC_prime256v1", "tags": {"team": "shop"}, "tagOwnership": "Exclusive",
  "deletionPolicy": "Retain", "reimport": "Required", "allowDisjointNames": true,
  "replacement": "Hold", "replacementGraceHours": 48, "owner": "alice", "management": "Suspended",
  "suspendedUntil": "2026-11-21T12:00:00Z"})";

constexpr const char* kCondition =
    R"({"type": "Ready", "status": "False", "reason": "Pending", "message": "waits.",
        "observedGeneration": 2, "lastTransitionTime": "2026-11-21T12:00:00Z"})";

constexpr const char* kPending =
    R"({"id": "i", "call": "acm:RequestCertificate", "request": {"DomainName": "a"}, "token": "t",
        "firstSentAt": "2026-11-21T12:00:00Z", "sentAt": "2026-11-21T12:00:01.250Z",
        "missedAt": "2026-11-21T12:03:00Z",
        "attempt": 2})";

std::string with(std::string text) {
  for (const auto& [mark, value] :
       {std::pair("%condition%", kCondition), std::pair("%pending%", kPending),
        std::pair("%request%", kRequestSpec)})
    if (const auto at = text.find(mark); at != std::string::npos)
      text.replace(at, std::string_view(mark).size(), value);
  return text;
}

const Row kRows[] = {
    {"account", Kind::account,
     R"({"scope": "Account", "enabled": false, "accountId": "123456789012",
         "regions": ["us-east-1"],
         "authentication": {"accessKey": {"accessKeyId": "AKIA1",
             "secretAccessKeyRef": {"name": "s", "key": "k"},
             "sessionTokenRef": {"name": "s", "key": "t"}}},
         "assumeRole": {"roleArn": "r", "externalId": "e", "sessionName": "n"},
         "reimport": "Forbidden",
         "allowedNamespaces": [{"names": ["shop"], "accountIds": ["1"], "regions": ["r"],
                                "domains": ["d"], "hostedZones": ["z"],
                                "authorities": true}],
         "controllerName": "east", "endpointUrl": "http://127.0.0.1:1",
         "endpoints": {"acm": "http://127.0.0.1:2"},
         "rates": {"acm": {"ImportCertificate": 1, "ListCertificates": 0.5}},
         "management": "Observe", "suspendedUntil": "2026-11-21T12:00:00Z"})",
     R"({"observedGeneration": 2, "accountId": "1", "partition": "aws", "principal": "p",
         "missingPermissions": ["acm:ListCertificates"], "conditions": [%condition%]})"},
    {"account with the default chain", Kind::account,
     R"({"scope": "Account", "authentication": {"defaultChain": {}}})", "{}"},
    {"account with a profile", Kind::account,
     R"({"scope": "Account", "authentication": {"profile": {"profileName": "prod"}}})", "{}"},
    {"authority", Kind::certificate_authority,
     R"({"acmPca": {"accountRef": {"name": "prod"}, "region": "us-east-1", "arn": "a",
             "type": "SUBORDINATE", "keyAlgorithm": "RSA_2048",
             "signingAlgorithm": "SHA256WITHRSA",
             "subject": {"commonName": "c", "organization": "o", "organizationalUnit": "u",
                         "country": "DE", "state": "s", "locality": "l", "serialNumber": "n"},
             "validityDays": 10, "pathLength": 0, "usageMode": "SHORT_LIVED_CERTIFICATE",
             "revocation": {"crl": {"enabled": true, "expirationInDays": 3, "s3BucketName": "b",
                                    "customCname": "c",
                                    "s3ObjectAcl": "BUCKET_OWNER_FULL_CONTROL"},
                            "ocsp": {"enabled": false, "customCname": "o"}},
             "keyStorageSecurityStandard": "FIPS_140_2_LEVEL_2_OR_HIGHER",
             "allowAcmRenewal": false, "permanentDeletionTimeInDays": 7, "tags": {"a": "b"}},
         "deletionPolicy": "Delete", "allowedNamespaces": [{"names": ["shop"]}],
         "management": "Observe", "suspendedUntil": "2026-11-21T12:00:00Z"})",
     R"({"observedGeneration": 1, "arn": "a", "awsStatus": "ACTIVE", "keyAlgorithm": "RSA_2048",
         "usageMode": "GENERAL_PURPOSE", "type": "ROOT", "serial": "01",
         "notBefore": "2026-11-21T12:00:00Z", "notAfter": "2027-11-21T12:00:00Z",
         "certificate": "pem", "chain": "pem", "created": "2026-11-21T12:00:00Z",
         "issued": "arn", "issuedAt": "2026-11-21T12:00:00Z", "pending": %pending%,
         "attempts": 2, "failedAttempts": 1, "nextAttemptTime": "2026-11-21T12:00:00Z",
         "acmMayRenew": true, "tags": {"a": "b"},
         "differences": [{"class": "Missing"}],
         "corrections": [{"path": "spec.state", "generation": 1, "times": 2,
                          "last": "2026-11-21T12:00:00Z"}],
         "conditions": [%condition%]})"},
    {"certificate", Kind::certificate, "%request%",
     R"({"observedGeneration": 1, "arn": "a", "notAfter": "2026-11-21T12:00:00Z",
         "renewal": "ACM renews", "renewalTime": "2026-11-21T12:00:00Z", "issuer": "Amazon",
         "trust": "public", "failedAttempts": 3,
         "placements": {"desired": 2, "issued": 1, "ready": 1}, "notReady": ["b"],
         "conditions": [%condition%]})"},
    {"certificate of an authority", Kind::certificate,
     R"({"issuer": {"authority": {"name": "corp-root", "namespace": "pki"}}})", "{}"},
    {"imported certificate", Kind::certificate,
     R"({"issuer": {"imported": {"secretRef": {"name": "shop-tls"}}}})", "{}"},
    {"watched certificate", Kind::certificate,
     R"({"arn": "a", "deletionPolicy": "Delete", "issuer": {"imported": {}}})", "{}"},
    {"placement", Kind::placement, "%request%",
     R"({"observedGeneration": 1, "arn": "a",
         "previous": [{"arn": "b", "inUseBy": ["c"], "exported": true,
                       "notAfter": "2026-11-21T12:00:00Z", "replacedAt": "2026-11-21T12:00:00Z",
                       "unusedSince": "2026-11-21T12:00:00Z"}],
         "pending": %pending%,
         "attempts": 2, "acmStatus": "ISSUED", "type": "PRIVATE", "names": ["n"],
         "domainName": "d", "subject": "s", "serial": "1", "issuer": "i",
         "keyAlgorithm": "EC_prime256v1", "certificateAuthorityArn": "c",
         "keyUsages": ["DIGITAL_SIGNATURE"],
         "extendedKeyUsages": ["TLS_WEB_SERVER_AUTHENTICATION"],
         "createdAt": "2026-11-21T12:00:00Z", "issuedAt": "2026-11-21T12:00:00Z",
         "importedAt": "2026-11-21T12:00:00Z", "notBefore": "2026-11-21T12:00:00Z",
         "notAfter": "2026-11-21T12:00:00Z", "inUseBy": ["lb"], "exported": true,
         "exportable": true, "eligibility": "ELIGIBLE", "renewal": "SUCCESS",
         "renewalReason": "r", "failureReason": "f",
         "validation": [{"domain": "d", "method": "DNS", "status": "SUCCESS",
                         "record": {"name": "n.", "type": "CNAME", "value": "v."},
                         "hostedZone": "z"}],
         "tags": {"a": "b"}, "sourceFingerprint": "ff", "importedSerial": "02",
         "importedChain": "cc", "fingerprint": "ff", "chainDigest": "cc",
         "madeAt": "2026-11-21T12:00:00Z", "marked": true,
         "certificate": "pem", "chain": "pem",
         "trust": "private", "describedAt": "2026-11-21T12:00:00Z", "failedAttempts": 1,
         "nextAttemptTime": "2026-11-21T12:00:00Z", "applied": {"region": "us-east-1"},
         "differences": [{"class": "Changed", "path": "spec.tags.a", "spec": "b", "applied": "b",
                          "found": "c"}],
         "conditions": [%condition%]})"},
    {"hosted zone", Kind::hosted_zone,
     R"({"accountRef": {"name": "dns"}, "id": "Z1", "domain": "example.com."})",
     R"({"observedGeneration": 1,
         "records": [{"record": {"name": "n.", "type": "CNAME", "value": "v."},
                      "state": "Conflict", "createdByUs": true, "found": "w.",
                      "unneededSince": "2026-11-21T12:00:00Z"}],
         "conditions": [%condition%]})"},
    {"zone record", Kind::zone_record, R"({"hostedZone": "dns.z1", "name": "n."})",
     R"({"record": {"name": "n.", "type": "CNAME", "value": "v."},
         "state": "InPlace", "createdByUs": true, "created": "2026-11-21T12:00:00Z",
         "users": [{"account": "shop/dns", "accountId": "123456789012"}],
         "checked": "2026-11-21T12:00:00Z", "staysBecause": "why"})"},
};

template <class T>
Result<Object> again_as(const Object& object) {
  const T typed = TRY(read<T>(object));
  return write(typed);
}

Result<Object> again(const Object& object) {
  switch (object.kind) {
    case Kind::account: return again_as<Account>(object);
    case Kind::certificate_authority: return again_as<CertificateAuthority>(object);
    case Kind::certificate: return again_as<Certificate>(object);
    case Kind::placement: return again_as<Placement>(object);
    case Kind::hosted_zone: return again_as<HostedZone>(object);
    case Kind::zone_record: return again_as<ZoneRecord>(object);
    default: return Error(Code::internal, "no typed view");
  }
}

TEST(Wire, LosesNoFieldOfAnyKind) {
  for (const Row& row : kRows) {
    const Object object = object_of(row.kind, with(row.spec), with(row.status));
    const auto back = again(object);
    ASSERT_TRUE(back.ok()) << row.name << ": " << back.error().message();
    EXPECT_EQ(back->body.text(), object.body.text()) << row.name;
    EXPECT_EQ(back->status.text(), object.status.text()) << row.name;
    EXPECT_EQ(back->meta, object.meta) << row.name;
  }
}

// The CustomResourceDefinitions are the source of the names; a field that they lack would be
// pruned by a Kubernetes API server.
std::string unknown_field(const Json& value, const YAML::Node& schema, const std::string& at) {
  if (schema["x-kubernetes-preserve-unknown-fields"]) return "";
  if (value.is_array())
    for (const Json& item : value)
      if (std::string fault = unknown_field(item, schema["items"], at + "[]"); !fault.empty())
        return fault;
  if (!value.is_object()) return "";
  for (const auto& [name, child] : value.items()) {
    const YAML::Node properties = schema["properties"];
    const YAML::Node any = schema["additionalProperties"];
    const bool known = (properties && properties[name]) || any;
    if (!known) return at + "." + name;
    const YAML::Node next = properties && properties[name] ? properties[name] : any;
    if (std::string fault = unknown_field(child, next, at + "." + name); !fault.empty())
      return fault;
  }
  return "";
}

TEST(Wire, SpellsEveryFieldAsTheDefinitionsDo) {
  for (const Row& row : kRows) {
    const std::string file =
        CERTLOOP_SOURCE_DIR "/manifests/crd/" + std::string(info_of(row.kind).plural) + ".yaml";
    const YAML::Node schema =
        YAML::LoadFile(file)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
    EXPECT_EQ(unknown_field(Json::parse(with(row.spec)), schema["spec"], "spec"), "") << row.name;
    EXPECT_EQ(unknown_field(Json::parse(with(row.status)), schema["status"], "status"), "")
        << row.name;
  }
}

TEST(Wire, LeavesDefaultsOutAndPutsThemBack) {
  Certificate certificate;
  certificate.meta.name = "a";
  EXPECT_EQ(write(certificate).body.text(), R"({"spec":{}})");
  EXPECT_TRUE(write(certificate).status.empty());
  EXPECT_EQ(write(Account{}).body.text(), R"({"spec":{"scope":"Account"}})");
  const auto account = read<Account>(object_of(Kind::account, R"({"scope":"Account"})"));
  ASSERT_TRUE(account.ok());
  EXPECT_EQ(account->spec, AccountSpec{});
  EXPECT_TRUE(account->spec.enabled);  // S6
}

TEST(Wire, RetainsWhatIsAdoptedUnlessTheSpecSaysOtherwise) {
  const auto retained = [](std::string_view spec) {
    return read<Certificate>(object_of(Kind::certificate, spec)).value().spec.retain;
  };
  EXPECT_TRUE(retained(R"({"arn": "a"})"));
  EXPECT_FALSE(retained(R"({"arn": "a", "deletionPolicy": "Delete"})"));
  EXPECT_FALSE(retained(R"({})"));
  Certificate adopted;
  adopted.spec.arn = "a";
  adopted.spec.retain = true;
  EXPECT_TRUE(read<Certificate>(write(adopted)).value().spec.retain);
}

TEST(Wire, PassesOverFieldsItDoesNotKnow) {
  const auto read_back = read<Certificate>(object_of(
      Kind::certificate, R"({"region": "r", "renewal": {"policy": "Auto"}})", R"({"later": 1})"));
  ASSERT_TRUE(read_back.ok());
  EXPECT_EQ(read_back->spec.region, "r");
}

TEST(Wire, NamesTheFieldThatHasAnotherType) {
  struct Case {
    const char* spec;
    const char* says;
  };
  const Case cases[] = {
      {R"({"region": 7})", "Certificate payments/a: spec.region: must be a string, is a number"},
      {R"({"tags": {"a": true}})", "spec.tags.a: must be a string, is true or false"},
      {R"({"additionalNames": ["a", {}]})", "spec.additionalNames[1]: must be a string"},
      {R"({"reimport": "Never"})", "spec.reimport: must be one of Allowed, Skip, Required"},
      {R"({"suspendedUntil": "soon"})", "spec.suspendedUntil: must be a time"},
      {R"({"issuer": []})", "spec.issuer: must be an object, is a list"},
  };
  for (const Case& wrong : cases) {
    const auto certificate = read<Certificate>(object_of(Kind::certificate, wrong.spec));
    ASSERT_FALSE(certificate.ok()) << wrong.spec;
    EXPECT_EQ(certificate.error().code(), Code::internal);
    EXPECT_NE(certificate.error().message().find(wrong.says), std::string::npos)
        << certificate.error().message();
  }
}

TEST(Wire, RefusesAnObjectOfAnotherKind) {
  EXPECT_FALSE(read<Account>(object_of(Kind::certificate, "{}")).ok());
}

TEST(Wire, KeepsTimesToTheMillisecond) {
  Placement placement;
  placement.status.pending.emplace().sent = kNoon + 250ms;
  const auto back = read<Placement>(write(placement));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->status.pending->sent, kNoon + 250ms);
}

}  // namespace
}  // namespace certloop::api
