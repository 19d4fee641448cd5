#include "schema/schema.h"

#include <gtest/gtest.h>

#include "tests/unit/schema/objects.h"

namespace certloop::schema {
namespace {

using api::Kind;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

TEST(Validate, TakesTheSmallestSpecOfEachKind) {
  EXPECT_THAT(faults_of(Kind::account, kAccount), IsEmpty());
  EXPECT_THAT(faults_of(Kind::certificate_authority, kAuthority), IsEmpty());
  EXPECT_THAT(faults_of(Kind::certificate, kCertificate), IsEmpty());
}

// S4: every mandatory field in one answer.
TEST(Validate, NamesEveryMissingFieldOfAnAccountAtOnce) {
  EXPECT_THAT(
      faults_of(Kind::account, "spec: {}"),
      UnorderedElementsAre(begins("spec.scope: must be set"), begins("spec.regions: must be set"),
                           begins("spec.authentication: must have exactly one of")));
  EXPECT_THAT(faults_of(Kind::account, ""),
              testing::AllOf(Contains(begins("spec: must be set")),
                             Contains(begins("spec.scope: must be set")),
                             Contains(begins("spec.regions: must be set")),
                             Contains(begins("spec.authentication: must have exactly one of"))));
}

// S20, S22, S27: account, region, CA and domain name.
TEST(Validate, NamesEveryMissingFieldOfAPrivateCertificateAtOnce) {
  EXPECT_THAT(faults_of(Kind::certificate, "spec: {issuer: {authority: {}}}"),
              UnorderedElementsAre(begins("spec.domainName: must be set"),
                                   begins("spec.accountRef: must be set"),
                                   begins("spec.region: must be set"),
                                   begins("spec.issuer.authority.name: a private CA is required")));
}

TEST(Validate, NamesEveryMissingFieldOfAnAuthorityAtOnce) {
  EXPECT_THAT(faults_of(Kind::certificate_authority, "spec: {acmPca: {}}"),
              UnorderedElementsAre(begins("spec.acmPca.accountRef: must be set"),
                                   begins("spec.acmPca.accountRef.name: must be set"),
                                   begins("spec.acmPca.region: must be set"),
                                   begins("spec.acmPca.subject: must be set")));
}

// S6
TEST(Validate, ReadsAnAccountWithoutEnabledAsEnabled) {
  EXPECT_EQ(whole_of(Kind::account, kAccount)["spec"]["enabled"], true);
}

struct Row {
  const char* what;  // the sentence that the row proves
  Kind kind;
  std::string yaml;   // a whole spec, or lines to add to the smallest one if indented
  std::string fault;  // how the one fault begins; empty: accepted
};

std::string spec_of(const Row& row) {
  if (!row.yaml.starts_with("  ")) return row.yaml;
  const std::string_view base = row.kind == Kind::account                 ? kAccount
                                : row.kind == Kind::certificate_authority ? kAuthority
                                                                          : kCertificate;
  return std::string(base) + row.yaml;
}

void expect_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const auto faults = faults_of(row.kind, spec_of(row));
    if (row.fault.empty())
      EXPECT_THAT(faults, IsEmpty()) << row.what;
    else
      EXPECT_THAT(faults, ElementsAre(begins(row.fault))) << row.what;
  }
}

// What stands under spec.authentication, in an account that is otherwise right.
Row authentication(const char* what, const std::string& yaml, std::string fault) {
  return {what, Kind::account,
          "spec: {scope: Account, regions: [us-east-1], authentication: " + yaml + "}",
          std::move(fault)};
}

// S9, S10, S73
TEST(Validate, HoldsAnAccountToExactlyOneAuthentication) {
  const std::string path = "spec.authentication";
  expect_rows({
      authentication("the default chain takes no parameters", "{defaultChain: {}}", ""),
      authentication("a profile is named", "{profile: {profileName: prod}}", ""),
      authentication("no method at all is refused", "{}", path + ": must have exactly one of"),
      authentication("two methods are refused", "{defaultChain: {}, profile: {profileName: a}}",
                     path + ": must have exactly one of"),
      authentication("the missing parameter of a profile is named", "{profile: {}}",
                     path + ".profile.profileName: must be set"),
      authentication("parameters of another method are refused",
                     "{defaultChain: {profileName: prod}}",
                     path + ".defaultChain.profileName: unknown field"),
      authentication("an access key needs its id (S9)",
                     "{accessKey: {secretAccessKeyRef: {name: s}}}",
                     path + ".accessKey.accessKeyId: must be set"),
      authentication("an access key needs its secret (S10)", "{accessKey: {accessKeyId: AKID}}",
                     path + ".accessKey.secretAccessKeyRef: must be set"),
      authentication(
          "a secret does not stay inline",
          "{accessKey: {accessKeyId: AKID, secretAccessKey: wJalr}}",
          path + ".accessKey.secretAccessKey: is taken inline by certloop's command line"),
      authentication("a secrets connector is not built",
                     "{secretsConnector: {accessKeyIdReference: a, secretAccessKeyReference: b}}",
                     path + ".secretsConnector: not built yet"),
  });
}

// S63
TEST(Validate, HoldsAnAccountToOneScope) {
  expect_rows({
      {"an account id belongs to scope Account", Kind::account, "  accountId: 012345678901\n", ""},
      {"an account id has twelve digits", Kind::account, "  accountId: 12345\n",
       "spec.accountId: must look like"},
      {"an organization's fields do not belong to scope Account", Kind::account,
       "  organization: {roleName: R}\n", "spec.organization: "},
  });
  EXPECT_THAT(faults_of(Kind::account,
                        "spec: {scope: Organization, regions: [us-east-1], accountId: "
                        "'123456789012', authentication: {defaultChain: {}}}"),
              Contains(begins("spec.accountId: belongs to scope Account")));
  EXPECT_THAT(
      faults_of(Kind::account,
                "spec: {scope: Everything, regions: [us-east-1], authentication: "
                "{defaultChain: {}}}"),
      Contains(begins("spec.scope: must be one of Account, Organization, is 'Everything'")));
}

TEST(Validate, ChecksTheFormOfAnAccountsFields) {
  const std::string head = "spec: {scope: Account, authentication: {defaultChain: {}}, regions: ";
  expect_rows({
      {"regions are named", Kind::account, head + "[us-gov-west-1, eusc-de-east-1]}", ""},
      {"a region has a form", Kind::account, head + "[useast1]}",
       "spec.regions[0]: must look like"},
      {"a region has no second line", Kind::account, head + R"(["evil\nus-east-1"]})",
       "spec.regions[0]: must look like"},
      {"a region stands once", Kind::account, head + "[eu-west-1, eu-west-1]}",
       "spec.regions[1]: 'eu-west-1' is listed twice"},
      {"at least one region is needed", Kind::account, head + "[]}",
       "spec.regions: must have at least 1 items"},
      {"every region at once is not built", Kind::account, head + "['*']}",
       "spec.regions[0]: * is not built yet"},
      {"a rate is a number", Kind::account, "  rates: {acm: {ImportCertificate: 0.5}}\n", ""},
      {"a rate of nothing is refused", Kind::account, "  rates: {acm: {ImportCertificate: 0}}\n",
       "spec.rates.acm.ImportCertificate: must be at least"},
      {"a role has an ARN", Kind::account, "  assumeRole: {roleArn: admin}\n",
       "spec.assumeRole.roleArn: must look like"},
      {"a suspension that ends needs a suspension", Kind::account,
       "  suspendedUntil: 2027-01-01T00:00:00Z\n", "spec.suspendedUntil: belongs to management"},
      {"a suspension ends at a time", Kind::account,
       "  management: Suspended\n  suspendedUntil: soon\n", "spec.suspendedUntil: must be a time"},
      {"management has three values", Kind::account, "  management: enforce\n",
       "spec.management: must be one of Enforce, Observe, Suspended, is 'enforce'; did you mean "
       "Enforce?"},
  });
}

// S12, S143
TEST(Validate, HoldsACertificateToExactlyOneIssuer) {
  const std::string head =
      "spec: {domainName: a.example.com, accountRef: {name: p}, region: eu-west-1, ";
  const std::string one = "spec.issuer: must have exactly one of amazon, authority, imported";
  expect_rows({
      {"a public certificate", Kind::certificate, head + "issuer: {amazon: {exportable: true}}}",
       ""},
      {"a private one", Kind::certificate, head + "issuer: {authority: {name: root}}}", ""},
      {"an imported one", Kind::certificate, head + "issuer: {imported: {secretRef: {name: t}}}}",
       ""},
      {"a private one without a CA (S12)", Kind::certificate,
       head + "issuer: {authority: {requestedBy: ACM}}}",
       "spec.issuer.authority.name: a private CA is required"},
      {"a private one with an empty CA (S12)", Kind::certificate,
       head + "issuer: {authority: {name: ''}}}",
       "spec.issuer.authority.name: a private CA is required"},
      {"no issuer", Kind::certificate, head + "issuer: {}}", one},
      {"two issuers", Kind::certificate, head + "issuer: {amazon: {}, authority: {name: root}}}",
       one},
      {"what is watched only needs its ARN", Kind::certificate, head + "issuer: {imported: {}}}",
       "spec.issuer.imported: needs secretRef, or arn"},
      {"what is watched only has its ARN", Kind::certificate,
       head + "issuer: {imported: {}}, arn: "
              "'arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234'}",
       ""},
  });
}

// S23, S148, S149: before any call.
TEST(Validate, KeepsCertificatesAndAuthoritiesInTheirRegion) {
  expect_rows({
      {"an adopted certificate in its region", Kind::certificate,
       "  arn: arn:aws:acm:us-east-1:123456789012:certificate/1234\n", ""},
      {"an adopted certificate in another region", Kind::certificate,
       "  arn: arn:aws:acm:eu-west-1:123456789012:certificate/1234\n",
       "spec.arn: is in another region than spec.region"},
      {"what is no ARN of ACM", Kind::certificate, "  arn: arn:aws:s3:::bucket\n",
       "spec.arn: must look like"},
      {"an adopted CA in another region", Kind::certificate_authority,
       "spec: {acmPca: {accountRef: {name: p}, region: us-east-1, arn: "
       "'arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1234'}}",
       "spec.acmPca.arn: is in another region"},
      {"an adopted CA needs no subject", Kind::certificate_authority,
       "spec: {acmPca: {accountRef: {name: p}, region: us-east-1, arn: "
       "'arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1234'}}",
       ""},
  });
}

TEST(Validate, TakesTheKeyAlgorithmsThatAcmMakes) {
  const std::string private_head =
      "spec: {domainName: a.example.com, accountRef: {name: p}, region: eu-west-1, issuer: "
      "{authority: {name: root}}, keyAlgorithm: ";
  expect_rows({
      {"RSA_2048 for amazon", Kind::certificate, "  keyAlgorithm: RSA_2048\n", ""},
      {"EC_secp384r1 for amazon", Kind::certificate, "  keyAlgorithm: EC_secp384r1\n", ""},
      {"not RSA_4096 for amazon", Kind::certificate, "  keyAlgorithm: RSA_4096\n",
       "spec.keyAlgorithm: is none that ACM makes"},
      {"not EC_secp521r1 where ACM makes the key", Kind::certificate,
       private_head + "EC_secp521r1}", "spec.keyAlgorithm: is none that ACM makes"},
      {"no other spelling", Kind::certificate, "  keyAlgorithm: EC_PRIME256V1\n",
       "spec.keyAlgorithm: must be one of"},
  });
}

TEST(Validate, HoldsAnAuthorityToWhatAwsTakes) {
  const std::string head =
      "spec: {acmPca: {accountRef: {name: p}, region: us-east-1, subject: {commonName: R}, ";
  expect_rows({
      {"signing fits the key", Kind::certificate_authority,
       head + "keyAlgorithm: RSA_4096, signingAlgorithm: SHA512WITHRSA}}", ""},
      {"signing of another family is refused", Kind::certificate_authority,
       head + "keyAlgorithm: RSA_4096, signingAlgorithm: SHA256WITHECDSA}}",
       "spec.acmPca.signingAlgorithm: does not fit keyAlgorithm"},
      {"signing of another family than the default is refused", Kind::certificate_authority,
       head + "signingAlgorithm: SHA256WITHRSA}}",
       "spec.acmPca.signingAlgorithm: does not fit keyAlgorithm"},
      {"a list needs a bucket", Kind::certificate_authority,
       head + "revocation: {crl: {enabled: true}}}}",
       "spec.acmPca.revocation.crl.s3BucketName: must be set"},
      {"a list that is off takes nothing else", Kind::certificate_authority,
       head + "revocation: {crl: {enabled: false, s3BucketName: abc}}}}",
       "spec.acmPca.revocation.crl: takes nothing but enabled"},
      {"a country is two letters", Kind::certificate_authority,
       "spec: {acmPca: {accountRef: {name: p}, region: us-east-1, subject: {country: Norway}}}",
       "spec.acmPca.subject.country: must have at most 2 characters"},
      {"a subject says something", Kind::certificate_authority,
       "spec: {acmPca: {accountRef: {name: p}, region: us-east-1, subject: {}}}",
       "spec.acmPca.subject: must have at least 1 fields"},
      {"a subordinate CA is not built", Kind::certificate_authority,
       head + "type: SUBORDINATE, arn: "
              "'arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1'}}",
       "spec.acmPca.type: SUBORDINATE is not built yet"},
      {"no authority at all", Kind::certificate_authority, "spec: {}",
       "spec: must have exactly one of acmPca, local, acme, vault"},
  });
}

TEST(Validate, HoldsTagsToWhatAwsTakes) {
  std::string many = "  tags:\n";
  for (int i = 0; i < 48; ++i) many += fmt::format("    key{}: v\n", i);
  expect_rows({
      {"tags in any script", Kind::certificate, "  tags: {Équipe: 'a b', 'a/b:c=d': ''}\n", ""},
      {"aws: is AWS's", Kind::certificate, "  tags: {'aws:x': y}\n",
       "spec.tags: has a key that begins with aws:"},
      {"AWS: is AWS's too", Kind::certificate, "  tags: {'AWS:x': y}\n",
       "spec.tags: has a key that begins with aws:"},
      {"certloop.dev/ is ours", Kind::certificate, "  tags: {certloop.dev/owner: me}\n",
       "spec.tags: has a key that begins with aws: or certloop.dev/"},
      {"no character that AWS refuses", Kind::certificate, "  tags: {'a*b': c}\n",
       "spec.tags: has a key that AWS rejects"},
      {"nor in a value", Kind::certificate, "  tags: {a: 'c;d'}\n", "spec.tags.a: must look like"},
      {"no empty key", Kind::certificate, "  tags: {'': c}\n",
       "spec.tags: has a key that AWS rejects"},
      {"a key of 128 characters", Kind::certificate, "  tags: {" + std::string(128, 'k') + ": v}\n",
       ""},
      {"no key of 129", Kind::certificate, "  tags: {" + std::string(129, 'k') + ": v}\n",
       "spec.tags: has a key that AWS rejects"},
      {"no value of 257", Kind::certificate, "  tags: {a: " + std::string(257, 'v') + "}\n",
       "spec.tags.a: must have at most 256 characters"},
      {"no more than fit beside our own three", Kind::certificate, many,
       "spec.tags: must have at most 47 entries, has 48"},
  });
}

TEST(Validate, SaysOfEachFieldWithoutEffectThatItIsNotBuilt) {
  expect_rows({
      {"targets, in place of account and region", Kind::certificate,
       "spec: {domainName: a.example.com, issuer: {amazon: {}}, targets: [{accountRef: {name: p}, "
       "regions: [eu-west-1]}]}",
       "spec.targets: not built yet in this version; use accountRef and region"},
      {"another validation than DNS", Kind::certificate,
       "spec: {domainName: a.example.com, accountRef: {name: p}, region: eu-west-1, issuer: "
       "{amazon: {validation: EMAIL}}}",
       "spec.issuer.amazon.validation: EMAIL is not built yet"},
      {"a profile", Kind::certificate, "  profileRef: {name: web}\n",
       "spec.profileRef: not built yet"},
      {"a state", Kind::certificate, "  state: Disabled\n",
       "spec.state: Disabled is not built yet"},
      {"the state that is", Kind::certificate, "  state: Active\n", ""},
      {"manual renewal", Kind::certificate, "  renewal: {policy: Manual}\n",
       "spec.renewal.policy: Manual is not built yet"},
      {"automatic renewal", Kind::certificate, "  renewal: {policy: Auto}\n", ""},
      {"a value that is no text", Kind::certificate_authority,
       "spec: {acmPca: {accountRef: {name: p}, region: us-east-1, subject: {commonName: R}, "
       "installCertificate: false}}",
       "spec.acmPca.installCertificate: false is not built yet"},
      {"nothing inside it is looked at", Kind::account,
       "  discovery: {intervalHours: none, nonsense: 1}\n", "spec.discovery: not built yet"},
  });
}

TEST(Validate, RefusesWhatCannotBeChosenWhereAcmHoldsTheKey) {
  EXPECT_THAT(faults_of(Kind::certificate, std::string(kCertificate) + "  validityDays: 90\n"),
              Contains(HasSubstr("validityDays cannot be chosen where certloop does not make the "
                                 "key")));
  EXPECT_THAT(
      faults_of(Kind::certificate, std::string(kCertificate) + "  renewal: {beforeDays: 30}\n"),
      Contains(begins("spec.renewal: beforeDays, beforePercent, windows and freeze cannot")));
}

// KINDS, "Change": what cannot move is refused, not replaced.
TEST(Validate, RefusesToMoveWhatCannotMove) {
  const std::string moved =
      "spec: {domainName: b.example.com, accountRef: {name: prod}, region: "
      "eu-west-1, issuer: {amazon: {}}}";
  EXPECT_THAT(faults_of(Kind::certificate, moved, kCertificate),
              ElementsAre(begins("spec.region: cannot change")));
  const std::string other_account =
      "spec: {domainName: b.example.com, accountRef: {name: dev}, region: us-east-1, issuer: "
      "{amazon: {}}}";
  EXPECT_THAT(faults_of(Kind::certificate, other_account, kCertificate),
              ElementsAre(begins("spec.accountRef: cannot change")));
  const std::string other_issuer =
      "spec: {domainName: b.example.com, accountRef: {name: prod}, region: us-east-1, issuer: "
      "{authority: {name: root}}}";
  EXPECT_THAT(faults_of(Kind::certificate, other_issuer, kCertificate),
              ElementsAre(begins("spec.issuer: cannot change its member")));
  const std::string other_name =
      "spec: {domainName: b.example.com, accountRef: {name: prod}, region: us-east-1, issuer: "
      "{amazon: {exportable: true}}, keyAlgorithm: EC_prime256v1}";
  EXPECT_THAT(faults_of(Kind::certificate, other_name, kCertificate), IsEmpty());
  EXPECT_THAT(faults_of(Kind::certificate_authority,
                        "spec: {acmPca: {accountRef: {name: prod}, region: us-east-1, subject: "
                        "{commonName: Other}}}",
                        kAuthority),
              ElementsAre(begins("spec.acmPca.subject: cannot change")));
  for (const char* field : {"validityDays: 36", "pathLength: 3"})
    EXPECT_THAT(faults_of(Kind::certificate_authority,
                          "spec: {acmPca: {accountRef: {name: prod}, region: us-east-1, subject: "
                          "{commonName: Root}, " +
                              std::string(field) + "}}",
                          kAuthority),
                ElementsAre(HasSubstr(": cannot change")))
        << field;
}

TEST(Validate, NamesAnUnknownFieldAndTheOneThatWasMeant) {
  expect_rows({
      {"a letter too many", Kind::certificate, "  domainNames: x\n",
       "spec.domainNames: unknown field; did you mean domainName?"},
      {"another letter case", Kind::certificate, "  Owner: alice\n",
       "spec.Owner: unknown field; did you mean owner?"},
      {"nothing like it", Kind::certificate, "  zzzzzzzzzz: 1\n",
       "spec.zzzzzzzzzz: unknown field; remove it"},
  });
}

TEST(Validate, TellsWhatTypeIsWanted) {
  const std::string head =
      "spec: {acmPca: {accountRef: {name: p}, region: us-east-1, subject: {commonName: R}, ";
  expect_rows({
      {"yes is no boolean", Kind::account, "  enabled: yes\n",
       "spec.enabled: must be true or false, is 'yes'; write true or false, without quotes"},
      {"nor is a quoted one", Kind::account, "  enabled: 'true'\n",
       "spec.enabled: must be true or false, is 'true'"},
      {"octal is no number", Kind::certificate_authority, head + "validityDays: 0365}}",
       "spec.acmPca.validityDays: must be a whole number in decimal, is '0365'"},
      {"hexadecimal is no number", Kind::certificate_authority, head + "validityDays: 0x10}}",
       "spec.acmPca.validityDays: must be a whole number in decimal, is '0x10'"},
      {"a fraction is no whole number", Kind::certificate_authority, head + "validityDays: 1.5}}",
       "spec.acmPca.validityDays: must be a whole number in decimal, is '1.5'"},
      {"a map is no list", Kind::certificate, "  additionalNames: {a: b}\n",
       "spec.additionalNames: must be a list, is a map"},
      {"nothing is not unset", Kind::certificate, "  owner:\n",
       "spec.owner: must be text, is null; give it a value, or remove the field"},
      {"a country keeps its letters", Kind::certificate_authority,
       "spec: {acmPca: {accountRef: {name: p}, region: us-east-1, subject: {country: NO}}}", ""},
  });
}

TEST(Validate, NeverShowsTheValueOfASecret) {
  const auto faults = faults_of(Kind::account,
                                "spec: {scope: Account, regions: [us-east-1], authentication: "
                                "{accessKey: {accessKeyId: AKID, secretAccessKey: [hunter2]}}}");
  EXPECT_THAT(faults, Not(IsEmpty()));
  for (const std::string& fault : faults) EXPECT_THAT(fault, Not(HasSubstr("hunter2")));
  for (const std::string& fault : faults_of(Kind::secret, "data: {a: 'hunter2!'}"))
    EXPECT_THAT(fault, Not(HasSubstr("hunter2")));
}

TEST(Validate, HoldsSecretsToTheirTypes) {
  const auto rows = std::vector<Row>{
      {"anything in an opaque one", Kind::secret, "data: {password: aGk=}", ""},
      {"both parts of a pair", Kind::secret,
       "type: kubernetes.io/tls\ndata: {tls.crt: aGk=, tls.key: aGk=}", ""},
      {"not one alone", Kind::secret, "type: kubernetes.io/tls\ndata: {tls.crt: aGk=}",
       "data: of type kubernetes.io/tls must have the keys"},
      {"nor none", Kind::secret, "type: kubernetes.io/tls",
       "data: of type kubernetes.io/tls must have the keys"},
      {"base64 only", Kind::secret, "data: {a: '%%%'}", "data.a: must be base64"},
      {"no type that nobody reads", Kind::secret, "type: kubernetes.io/dockercfg",
       "type: must be one of"},
  };
  expect_rows(rows);
}

TEST(Validate, HoldsNamesToWhatKubernetesTakes) {
  const auto named = [](const std::string& metadata) {
    api::Object object;
    object.kind = Kind::secret;
    object.body = *api::Document::parse(R"({"type":"Opaque"})");
    object.meta.name = metadata;
    std::vector<std::string> texts;
    for (const Fault& fault : validate(object, {})) texts.push_back(fault.text());
    return texts;
  };
  EXPECT_THAT(named("a.b-c"), IsEmpty());
  EXPECT_THAT(named("Shop"), ElementsAre(begins("metadata.name: must look like")));
  EXPECT_THAT(named("shop\nTrue Issued"), ElementsAre(begins("metadata.name: must look like")));
  EXPECT_THAT(named(std::string(254, 'a')),
              ElementsAre(begins("metadata.name: must have at most 253 characters")));
}

// PROTOCOLS 1: the owner tag must hold it.
TEST(Validate, LimitsTheNamesOfOurKindsTo120Characters) {
  for (const Kind kind : {Kind::account, Kind::certificate_authority, Kind::certificate})
    EXPECT_EQ(find_field(kind, "metadata.name")->max_length, 120u);
  // These carry the names of several objects in their own.
  for (const Kind kind : {Kind::placement, Kind::hosted_zone, Kind::zone_record})
    EXPECT_EQ(find_field(kind, "metadata.name")->max_length, 253u);
}

TEST(Validate, RefusesAnObjectAbove256KiB) {
  api::Object object;
  object.kind = Kind::secret;
  object.meta.name = "large";
  object.body = api::Document::from_canonical(
      fmt::format(R"({{"data":{{"a":"{}"}},"type":"Opaque"}})", std::string(300 << 10, 'A')));
  EXPECT_THAT(validate(object, {}).back().message, HasSubstr("301 KiB, and at most 256"));
}

TEST(Validate, NamesAtMostAHundredFaultsAndSaysThatThereAreMore) {
  std::string names;
  for (int i = 0; i < 40'000; ++i) names += fmt::format("{}\"-{}\"", i == 0 ? "" : ",", i % 1000);
  api::Object object;
  object.kind = Kind::certificate;
  object.meta.name = "long";
  object.body = api::Document::from_canonical(
      fmt::format(R"({{"spec":{{"additionalNames":[{}]}}}})", names).substr(0, 250'000));
  object.body = api::Document::from_canonical(
      object.body.text().substr(0, object.body.text().rfind(',')) + "]}}");
  const std::vector<Fault> faults = validate(object, {});
  EXPECT_EQ(faults.size(), 101u);
  EXPECT_THAT(faults.back().message, HasSubstr("more than 100"));
}

TEST(Validate, TheMaskOfASecretPassesForTheValueThatItStandsFor) {
  api::Object object;
  object.kind = Kind::secret;
  object.meta.name = "masked";
  object.body = api::Document::from_canonical(R"({"data":{"a":"***"},"type":"Opaque"})");
  EXPECT_TRUE(validate(object, {}).empty());
  object.body = api::Document::from_canonical(R"({"data":{"a":"****"},"type":"Opaque"})");
  EXPECT_FALSE(validate(object, {}).empty());
}

TEST(Validate, GathersFaultsIntoOneError) {
  const Error error = refusal(
      {Kind::certificate, "payments", "shop"},
      std::vector<Fault>{{"spec.a", "is wrong", "mend it"}, {"spec.b", "is wrong too", ""}});
  EXPECT_EQ(error.code(), Code::invalid);
  EXPECT_EQ(error.message(),
            "Certificate payments/shop: spec.a: is wrong; mend it\n"
            "Certificate payments/shop: spec.b: is wrong too");
}

}  // namespace
}  // namespace certloop::schema
