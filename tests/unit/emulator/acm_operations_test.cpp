#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "emulated.h"
#include "pki/private_key.h"

namespace certloop::emulator {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

EmulatorOptions with_zone() {
  EmulatorOptions options;
  options.zones = {"example.com"};
  return options;
}

const Json kExportable = {{"KeyAlgorithm", "EC_prime256v1"}, {"Options", {{"Export", "ENABLED"}}}};

Json named(const std::string& arn) { return {{"CertificateArn", arn}}; }

Json tags_of(Emulated& aws, const std::string& arn) {
  Json tags = Json::object();
  const Json answer = aws.acm("ListTagsForCertificate", named(arn)).json;
  for (const Json& tag : answer.at("Tags"))
    tags[tag.at("Key").get<std::string>()] = tag.at("Value");
  return tags;
}

TEST(AcmOperations, TellGarbageForeignAndAbsentArnsApart) {
  Emulated aws;
  const auto code = [&](const std::string& arn) {
    return aws.acm("DescribeCertificate", named(arn)).code;
  };
  EXPECT_EQ(code("garbage"), "ValidationException");
  EXPECT_EQ(code("arn:aws:s3:eu-west-1:123456789012:bucket/of-mine"), "ValidationException");
  EXPECT_EQ(code("arn:aws:acm:eu-west-1:123456789012:something/else"), "InvalidArnException");
  const Outcome absent =
      aws.acm("DescribeCertificate", named("arn:aws:acm:eu-west-1:123456789012:certificate/none"));
  EXPECT_EQ(absent.code, "ResourceNotFoundException");
  EXPECT_EQ(absent.message,
            "Could not find certificate arn:aws:acm:eu-west-1:123456789012:certificate/none.");
}

TEST(AcmOperations, ExportAnEncryptedKeyThatFits) {
  Emulated aws(with_zone());
  const std::string arn = aws.issued("www.example.com", kExportable);
  const Outcome exported = aws.acm(
      "ExportCertificate", {{"CertificateArn", arn}, {"Passphrase", to_base64("open sesame")}});
  ASSERT_TRUE(exported.ok()) << exported.response.body;
  const std::string pem = exported.json.at("PrivateKey");
  EXPECT_THAT(pem, HasSubstr("BEGIN ENCRYPTED PRIVATE KEY"));
  const auto key = pki::PrivateKey::from_pem(Secret(pem), Secret("open sesame"));
  ASSERT_TRUE(key.ok());
  const auto leaf = pki::Certificate::from_pem(exported.json.at("Certificate").get<std::string>());
  EXPECT_EQ(key->public_key_der(), leaf->public_key_der());
  EXPECT_TRUE(exported.json.contains("CertificateChain"));
}

TEST(AcmOperations, ExportOnlyWhatMayLeave) {
  Emulated aws(with_zone());
  const auto exported = [&](const std::string& arn, const std::string& passphrase) {
    return aws
        .acm("ExportCertificate", {{"CertificateArn", arn}, {"Passphrase", to_base64(passphrase)}})
        .code;
  };
  const std::string kept = aws.issued("kept.example.com", {{"KeyAlgorithm", "EC_prime256v1"}});
  EXPECT_EQ(exported(kept, "open sesame"), "ValidationException");
  const std::string pending = aws.request("pending.example.com", kExportable);
  EXPECT_EQ(exported(pending, "open sesame"), "RequestInProgressException");
  const std::string arn = aws.issued("www.example.com", kExportable);
  EXPECT_EQ(exported(arn, "abc"), "ValidationException");
  EXPECT_EQ(exported(arn, "100% sure"), "ValidationException");
  EXPECT_EQ(exported(arn, "open sesame"), "");
}

TEST(AcmOperations, DeleteRefusesWhatIsInUse) {
  Emulated aws;
  const std::string arn = aws.request("www.example.com");
  ASSERT_EQ(aws.control("POST", "/in-use", {{"arn", arn}, {"resources", {"arn:aws:x:::y"}}}).status,
            200);
  const Outcome refused = aws.acm("DeleteCertificate", named(arn));
  EXPECT_EQ(refused.code, "ResourceInUseException");
  aws.control("POST", "/in-use", {{"arn", arn}, {"resources", Json::array()}});
  const Outcome deleted = aws.acm("DeleteCertificate", named(arn));
  EXPECT_TRUE(deleted.ok());
  EXPECT_EQ(deleted.response.body, "");
  EXPECT_EQ(aws.acm("DeleteCertificate", named(arn)).code, "ResourceNotFoundException");
  EXPECT_EQ(aws.control("POST", "/in-use", {{"arn", arn}, {"resources", Json::array()}}).status,
            404);
}

TEST(AcmOperations, RevokeOnlyExportedPublicCertificates) {
  Emulated aws(with_zone());
  const std::string arn = aws.issued("www.example.com", kExportable);
  const auto revoke = [&](const std::string& reason) {
    return aws.acm("RevokeCertificate", {{"CertificateArn", arn}, {"RevocationReason", reason}})
        .code;
  };
  EXPECT_EQ(revoke("SUPERSEDED"), "ValidationException");
  aws.acm("ExportCertificate", {{"CertificateArn", arn}, {"Passphrase", to_base64("open sesame")}});
  EXPECT_EQ(revoke("BOREDOM"), "ValidationException");
  EXPECT_EQ(revoke("SUPERSEDED"), "");
  const Json revoked = aws.describe(arn);
  EXPECT_EQ(revoked.at("Status"), "REVOKED");
  EXPECT_EQ(revoked.at("RevocationReason"), "SUPERSEDED");
  EXPECT_TRUE(revoked.contains("RevokedAt"));
  EXPECT_EQ(revoke("SUPERSEDED"), "ConflictException");
}

TEST(AcmOperations, OptionsDoNotChangeAfterwards) {
  Emulated aws;
  const std::string arn = aws.request("www.example.com");
  const auto update = [&](const std::string& certificate, const Json& options) {
    return aws
        .acm("UpdateCertificateOptions", {{"CertificateArn", certificate}, {"Options", options}})
        .code;
  };
  EXPECT_EQ(update(arn, {{"Export", "ENABLED"}}), "ValidationException");
  EXPECT_EQ(update(arn, {{"CertificateTransparencyLoggingPreference", "DISABLED"}}),
            "ValidationException");
  EXPECT_EQ(update(arn, {{"CertificateTransparencyLoggingPreference", "ENABLED"}}), "");
  const std::string imported =
      aws.acm("ImportCertificate", import_input(make_certificate({}))).json.at("CertificateArn");
  EXPECT_EQ(update(imported, {{"Export", "ENABLED"}}), "InvalidStateException");
}

TEST(AcmOperations, ResendMailOnlyWhileItIsWaitedFor) {
  Emulated aws;
  const std::string arn = aws.request("www.example.com");
  const Json input = {
      {"CertificateArn", arn}, {"Domain", "www.example.com"}, {"ValidationDomain", "example.com"}};
  EXPECT_EQ(aws.acm("ResendValidationEmail", input).code, "InvalidStateException");
  const std::string mailed = aws.request("www.example.com", {{"ValidationMethod", "EMAIL"}});
  EXPECT_TRUE(aws.acm("ResendValidationEmail", {{"CertificateArn", mailed},
                                                {"Domain", "www.example.com"},
                                                {"ValidationDomain", "example.com"}})
                  .ok());
  EXPECT_EQ(aws.acm("ResendValidationEmail", {{"CertificateArn", mailed},
                                              {"Domain", "www.example.com"},
                                              {"ValidationDomain", "example.org"}})
                .code,
            "InvalidDomainValidationOptionsException");
  aws.pass(hours(72));
  EXPECT_EQ(aws.acm("ResendValidationEmail", {{"CertificateArn", mailed},
                                              {"Domain", "www.example.com"},
                                              {"ValidationDomain", "example.com"}})
                .code,
            "InvalidStateException");
}

TEST(AcmOperations, TagsOverwriteAndGo) {
  Emulated aws;
  const std::string arn =
      aws.request("www.example.com", {{"Tags", {{{"Key", "team"}, {"Value", "web"}}}}});
  EXPECT_TRUE(aws.acm("AddTagsToCertificate", {{"CertificateArn", arn},
                                               {"Tags",
                                                {{{"Key", "team"}, {"Value", "shop"}},
                                                 {{"Key", "größe"}, {"Value", "1 m"}},
                                                 {{"Key", "bare"}}}}})
                  .ok());
  EXPECT_EQ(tags_of(aws, arn), Json({{"team", "shop"}, {"größe", "1 m"}, {"bare", ""}}));
  const auto remove = [&](const Json& tag) {
    return aws.acm("RemoveTagsFromCertificate", {{"CertificateArn", arn}, {"Tags", {tag}}}).ok();
  };
  EXPECT_TRUE(remove({{"Key", "team"}, {"Value", "web"}}));  // not its value: it stays
  EXPECT_TRUE(tags_of(aws, arn).contains("team"));
  EXPECT_TRUE(remove({{"Key", "team"}, {"Value", "shop"}}));
  EXPECT_TRUE(remove({{"Key", "bare"}}));
  EXPECT_EQ(tags_of(aws, arn), Json({{"größe", "1 m"}}));
}

TEST(AcmOperations, TagsKeepTheirBounds) {
  Emulated aws;
  const std::string arn = aws.request("www.example.com");
  const auto add = [&](const Json& tags) {
    return aws.acm("AddTagsToCertificate", {{"CertificateArn", arn}, {"Tags", tags}}).code;
  };
  Json fifty = Json::array();
  for (int at = 0; at < 50; ++at) fifty.push_back({{"Key", "k" + std::to_string(at)}});
  EXPECT_EQ(add(fifty), "");
  EXPECT_EQ(add({{{"Key", "one-more"}}}), "TooManyTagsException");
  EXPECT_EQ(add({{{"Key", "k1"}, {"Value", "changed"}}}), "");
  EXPECT_EQ(add({{{"Key", "aws:mine"}}}), "InvalidTagException");
  EXPECT_EQ(add({{{"Key", "a"}, {"Value", std::string(257, 'x')}}}), "ValidationException");
  EXPECT_EQ(add({{{"Key", "semi;colon"}}}), "ValidationException");
  EXPECT_EQ(add(Json::array()), "ValidationException");
}

TEST(AcmOperations, TagsAreSeenByTheTaggingServiceAfterItsLag) {
  EmulatorOptions options;
  options.tagging_lag = minutes(1);
  Emulated aws(options);
  const std::string arn =
      aws.request("www.example.com", {{"Tags", {{{"Key", "team"}, {"Value", "web"}}}}});
  aws.request("never-tagged.example.com");
  const auto resources = [&] {
    return aws.tagging("GetResources", {{"ResourceTypeFilters", {"acm:certificate"}}})
        .json.at("ResourceTagMappingList");
  };
  EXPECT_TRUE(resources().empty());
  aws.pass(minutes(1));
  ASSERT_EQ(resources().size(), 1u);
  EXPECT_EQ(resources()[0].at("ResourceARN"), arn);
  EXPECT_EQ(resources()[0].at("Tags")[0].at("Value"), "web");
  EXPECT_TRUE(
      aws.tagging("TagResources", {{"ResourceARNList", {arn}}, {"Tags", {{"cost", "7"}}}}).ok());
  EXPECT_EQ(tags_of(aws, arn), Json({{"team", "web"}, {"cost", "7"}}));
  aws.acm("DeleteCertificate", named(arn));
  EXPECT_EQ(resources().size(), 1u);
  aws.pass(minutes(1));
  EXPECT_TRUE(resources().empty());
}

TEST(AcmOperations, AccountConfigurationIsKept) {
  Emulated aws;
  const auto days = [&] {
    return aws.acm("GetAccountConfiguration").json.at("ExpiryEvents").at("DaysBeforeExpiry");
  };
  const auto put = [&](int value, const std::string& token) {
    return aws
        .acm("PutAccountConfiguration",
             {{"ExpiryEvents", {{"DaysBeforeExpiry", value}}}, {"IdempotencyToken", token}})
        .code;
  };
  EXPECT_EQ(days(), 45);
  EXPECT_EQ(put(60, "one"), "");
  EXPECT_EQ(days(), 60);
  EXPECT_EQ(put(60, "one"), "");
  EXPECT_EQ(put(61, "one"), "ConflictException");
  EXPECT_EQ(put(0, "two"), "ValidationException");
  EXPECT_EQ(aws.acm("PutAccountConfiguration").code, "ValidationException");
}

TEST(AcmOperations, ControlsForceWhatOnlyAmazonDoes) {
  Emulated aws(with_zone());
  const std::string arn = aws.issued("www.example.com", {{"KeyAlgorithm", "EC_prime256v1"}});
  aws.control("POST", "/certificates", {{"arn", arn}, {"status", "INACTIVE"}});
  EXPECT_EQ(aws.describe(arn).at("Status"), "INACTIVE");
  aws.control("POST", "/certificates", {{"arn", arn}, {"status", "ISSUED"}});
  EXPECT_EQ(aws.describe(arn).at("Status"), "ISSUED");
  const std::string pending = aws.request("slow.example.com");
  aws.control("POST", "/certificates",
              {{"arn", pending}, {"failureReason", "DOMAIN_VALIDATION_DENIED"}});
  EXPECT_EQ(aws.describe(pending).at("FailureReason"), "DOMAIN_VALIDATION_DENIED");
  const Json all = Json::parse(aws.control("GET", "/certificates").body).at("certificates");
  EXPECT_EQ(all.size(), 2u);
  EXPECT_EQ(aws.control("POST", "/certificates", {{"arn", "arn:none"}}).status, 404);
}

}  // namespace
}  // namespace certloop::emulator
