// Certificate Manager's answers held to answers recorded from AWS, its checks to the public service
// model.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/text.h"
#include "emulated.h"

namespace certloop::emulator {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const std::string kShared = std::string(CERTLOOP_SOURCE_DIR) + "/../shared/data/";

Json load(const std::string& file) {
  std::ifstream stream(kShared + file);
  return stream ? Json::parse(stream, nullptr, false) : Json();
}

EmulatorOptions with_zone() {
  EmulatorOptions options;
  options.zones = {"example.com"};
  return options;
}

// Members that AWS has added since the recording was made.
const std::set<std::string> kAdded = {"CertificateKeyPairOrigin", "Export", "ExportOption",
                                      "Exported"};

// Every member recorded must be there with the same JSON type, and no member beyond kAdded.
void expect_shape(const Json& ours, const Json& recorded, const std::string& path) {
  if (recorded.is_string() && recorded == "datetime") {
    EXPECT_TRUE(ours.is_number()) << path;
    return;
  }
  ASSERT_EQ(std::string(ours.type_name()), std::string(recorded.type_name())) << path;
  if (recorded.is_object()) {
    for (const auto& [name, value] : recorded.items()) {
      ASSERT_TRUE(ours.contains(name)) << path << '.' << name;
      expect_shape(ours.at(name), value, path + '.' + name);
    }
    for (const auto& [name, value] : ours.items()) {
      EXPECT_TRUE(recorded.contains(name) || kAdded.contains(name)) << path << '.' << name;
    }
  } else if (recorded.is_array() && !recorded.empty()) {
    ASSERT_FALSE(ours.empty()) << path;
    for (const Json& each : ours) expect_shape(each, recorded[0], path + "[]");
  } else if (recorded.is_array()) {
    EXPECT_TRUE(ours.empty()) << path;
  }
}

class AcmShapes : public ::testing::Test {
 protected:
  void SetUp() override {
    const Json all = load("aws-recorded/acm.snapshot.json");
    if (!all.is_object()) GTEST_SKIP() << "no recorded answers in " << kShared;
    for (const auto& [name, test] : all.items()) {
      recorded[name.substr(name.rfind(':') + 1)] = test.at("recorded-content");
    }
  }
  Json recorded = Json::object();
};

// The words of the recorded answers that must be the very same here.
void expect_words(const Json& ours, const Json& theirs, const std::vector<std::string>& members) {
  for (const std::string& member : members) {
    EXPECT_EQ(ours.at(member), theirs.at(member)) << member;
  }
}

TEST_F(AcmShapes, PendingAndIssuedPublicCertificates) {
  const Json& test = recorded.at("test_certificate_for_subdomain_wildcard");
  Emulated aws(with_zone());
  const std::string arn = aws.request("*.example.com");
  aws.pass(seconds(5));
  const Json& pending = test.at("describe-cert").at("Certificate");
  expect_shape(aws.describe(arn), pending, "pending");
  expect_words(aws.describe(arn), pending,
               {"Issuer", "KeyAlgorithm", "RenewalEligibility", "SignatureAlgorithm", "Status",
                "Type", "InUseBy", "KeyUsages", "ExtendedKeyUsages"});
  aws.put_validation_records(arn);
  aws.pass(minutes(5));
  const Json& issued = test.at("describe-cert-2").at("Certificate");
  expect_shape(aws.describe(arn), issued, "issued");
  expect_words(aws.describe(arn), issued, {"Issuer", "Status", "KeyUsages", "KeyAlgorithm"});
  EXPECT_EQ(aws.describe(arn).at("Subject"), "CN=*.example.com");
  expect_shape(aws.acm("ListCertificates").json.at("CertificateSummaryList"), test.at("list-cert"),
               "list");
}

TEST_F(AcmShapes, FailedCertificatesByEmail) {
  const Json& test = recorded.at("test_create_certificate_for_multiple_alternative_domains");
  Emulated aws;
  const std::string arn =
      aws.acm("RequestCertificate",
              {{"DomainName", "test.example.com"},
               {"SubjectAlternativeNames",
                {"*.test.example.com", "another.domain.com", "yet-another.domain.com"}}})
          .json.at("CertificateArn");
  aws.control("POST", "/certificates",
              {{"arn", arn}, {"failureReason", "ADDITIONAL_VERIFICATION_REQUIRED"}});
  aws.pass(seconds(5));
  // The recording is of the first seconds, before the mailboxes were known.
  Json failed = aws.describe(arn);
  for (Json& option : failed.at("DomainValidationOptions")) {
    EXPECT_EQ(option.at("ValidationEmails").size(), 5u);
    option["ValidationEmails"] = Json::array();
  }
  expect_shape(failed, test.at("describe-cert"), "failed");
  expect_words(failed, test.at("describe-cert"), {"FailureReason", "Status", "Options"});
  EXPECT_EQ(failed.at("SubjectAlternativeNames").size(), 4u);
}

TEST_F(AcmShapes, ImportedCertificates) {
  const Json& test = recorded.at("test_import_certificate").at("describe-certificate-response");
  Emulated aws;
  Wish wish;
  wish.algorithm = pki::KeyAlgorithm::rsa_2048;
  wish.key_usages = {"DIGITAL_SIGNATURE", "NON_REPUDIATION", "KEY_ENCIPHERMENT"};
  const std::string arn =
      aws.acm("ImportCertificate", import_input(make_certificate(wish))).json.at("CertificateArn");
  const Json certificate = aws.describe(arn);
  expect_shape(certificate, test.at("Certificate"), "imported");
  expect_words(certificate, test.at("Certificate"),
               {"KeyUsages", "ExtendedKeyUsages", "Serial", "Options", "Type", "Status",
                "KeyAlgorithm", "SignatureAlgorithm", "RenewalEligibility"});
  Json row = aws.acm("ListCertificates").json.at("CertificateSummaryList")[0];
  expect_shape(row,
               recorded.at("test_list_certificates_with_key_types_filter_imported_certificate")
                   .at("list-certificates-with-key-types"),
               "summary");
  EXPECT_FALSE(row.contains("Exported"));
}

TEST_F(AcmShapes, SummariesOfPendingCertificates) {
  Emulated aws;
  aws.request("www.example.com");
  const Json answer = aws.acm("ListCertificates").json;
  expect_shape(answer.at("CertificateSummaryList"),
               recorded.at("test_list_certificates_with_key_types_filter_requested_certificate")
                   .at("list-certificates-with-key-types")
                   .at("CertificateSummaryList"),
               "summary");
}

class AcmModel : public ::testing::Test {
 protected:
  void SetUp() override {
    model = load("models/acm.json");
    if (!model.is_object()) GTEST_SKIP() << "no service model in " << kShared;
  }

  const Json& shape(const std::string& name) const { return model.at("shapes").at(name); }
  bool is_here(const std::string& operation) {
    return aws.acm(operation).code != "UnknownOperationException";
  }
  // Something that keeps every constraint, for every member that must be there.
  Json plausible(const std::string& name) const {
    const Json& what = shape(name);
    const std::string type = what.at("type");
    if (type == "structure") {
      Json value = Json::object();
      for (const Json& member : what.value("required", Json::array())) {
        value[member.get<std::string>()] =
            plausible(what.at("members").at(member.get<std::string>()).at("shape"));
      }
      return value;
    }
    if (type == "list") return Json::array({plausible(what.at("member").at("shape"))});
    if (type == "integer") return what.value("min", 1);
    if (type == "blob") return to_base64("plausible");
    if (what.contains("enum")) return what.at("enum")[0];
    if (name == "Arn") return "arn:aws:acm:eu-west-1:123456789012:certificate/none";
    if (name == "PcaArn") return "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/x";
    return name == "DomainNameString" ? "www.example.com" : "word";
  }
  bool refuses(const std::string& operation, const Json& input) {
    const Outcome outcome = aws.acm(operation, input);
    return outcome.status == 400 &&
           (outcome.code == "ValidationException" || outcome.code == "InvalidParameterException");
  }

  Json model;
  Emulated aws;
};

TEST_F(AcmModel, EveryOperationIsHereExceptThoseOfAcmeResources) {
  for (const auto& [name, operation] : model.at("operations").items()) {
    const bool of_acme = name.find("Acme") != std::string::npos || name == "TagResource" ||
                         name == "UntagResource" || name == "ListTagsForResource";
    EXPECT_EQ(is_here(name), !of_acme) << name;
  }
}

TEST_F(AcmModel, RequiredMembersAreRequired) {
  for (const auto& [name, operation] : model.at("operations").items()) {
    if (!operation.contains("input") || !is_here(name)) continue;
    const std::string input = operation.at("input").at("shape");
    for (const Json& member : shape(input).value("required", Json::array())) {
      Json without = plausible(input);
      without.erase(member.get<std::string>());
      EXPECT_TRUE(refuses(name, without)) << name << " without " << member;
    }
  }
}

TEST_F(AcmModel, BoundsAreKept) {
  int checked = 0;
  for (const auto& [name, operation] : model.at("operations").items()) {
    if (!operation.contains("input") || !is_here(name)) continue;
    const std::string input = operation.at("input").at("shape");
    for (const auto& [member, reference] : shape(input).at("members").items()) {
      const std::string kind = reference.at("shape");
      const Json& what = shape(kind);
      const auto with = [&, &member = member](const Json& value) {
        Json changed = plausible(input);
        changed[member] = value;
        ++checked;
        return changed;
      };
      const std::string type = what.at("type");
      if (what.contains("enum")) {
        EXPECT_TRUE(refuses(name, with("NO_SUCH_WORD"))) << name << '.' << member;
      }
      if (type == "string" && what.contains("max")) {
        const std::string longer(what.at("max").get<std::size_t>() + 1, 'a');
        EXPECT_TRUE(refuses(name, with(longer))) << name << '.' << member;
      }
      if (type == "string" && what.value("min", 0) > 0) {
        EXPECT_TRUE(refuses(name, with(""))) << name << '.' << member;
      }
      if (type == "integer") {
        EXPECT_TRUE(refuses(name, with(what.at("min").get<int>() - 1))) << name << '.' << member;
        if (what.contains("max")) {
          EXPECT_TRUE(refuses(name, with(what.at("max").get<int>() + 1))) << name << '.' << member;
        }
      }
      if (type == "list" && what.contains("max")) {
        Json many = Json::array();
        for (int at = 0; at <= what.at("max").get<int>(); ++at) {
          many.push_back(plausible(what.at("member").at("shape")));
        }
        EXPECT_TRUE(refuses(name, with(many))) << name << '.' << member;
        EXPECT_TRUE(refuses(name, with(Json::array()))) << name << '.' << member;
      }
      if (type == "blob" && what.contains("max")) {
        const std::string longer(what.at("max").get<std::size_t>() + 1, 'a');
        EXPECT_TRUE(refuses(name, with(to_base64(longer)))) << name << '.' << member;
      }
    }
  }
  EXPECT_GT(checked, 60);
}

}  // namespace
}  // namespace certloop::emulator
