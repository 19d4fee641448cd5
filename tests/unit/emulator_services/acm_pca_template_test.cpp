#include "emulator/acm_pca_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop::emulator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::optional<CertificateTemplate> named(const std::string& name) {
  return certificate_template("arn:aws:acm-pca:::template/" + name + "/V1", "aws");
}

RequestedContent content(const std::string& common_name, std::vector<std::string> key_usages = {},
                         std::vector<std::string> extended = {}) {
  RequestedContent content;
  content.subject.attributes = {{"CN", common_name}};
  content.names.dns = {common_name};
  content.key_usages = std::move(key_usages);
  content.extended_key_usages = std::move(extended);
  return content;
}

TEST(PcaTemplate, TheDefaultIsForEndEntities) {
  const auto form = certificate_template("", "aws");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->name, "EndEntityCertificate");
  EXPECT_FALSE(form->is_ca);
  EXPECT_THAT(form->key_usages, ElementsAre("DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"));
  EXPECT_THAT(form->extended_key_usages,
              ElementsAre("TLS_WEB_SERVER_AUTHENTICATION", "TLS_WEB_CLIENT_AUTHENTICATION"));
}

TEST(PcaTemplate, ReadsPathLengthsAndVariants) {
  const auto root = named("RootCACertificate");
  ASSERT_TRUE(root);
  EXPECT_TRUE(root->is_root);
  EXPECT_FALSE(root->path_length);
  const auto subordinate = named("SubordinateCACertificate_PathLen3_APICSRPassthrough");
  ASSERT_TRUE(subordinate);
  EXPECT_TRUE(subordinate->is_ca);
  EXPECT_EQ(subordinate->path_length, 3);
  EXPECT_TRUE(subordinate->api_passthrough && subordinate->csr_passthrough);
  EXPECT_THAT(subordinate->key_usages,
              ElementsAre("DIGITAL_SIGNATURE", "CERTIFICATE_SIGNING", "CRL_SIGNING"));
}

TEST(PcaTemplate, KnowsNoOthers) {
  for (const char* name : {"SubordinateCACertificate", "SubordinateCACertificate_PathLen4",
                           "RootCACertificate_"
                           "CSRPassthrough",
                           "BlankEndEntityCertificate", "Nothing", "RootCACertificate_PathLen1"}) {
    EXPECT_FALSE(named(name)) << name;
  }
  EXPECT_FALSE(certificate_template("arn:aws-cn:acm-pca:::template/RootCACertificate/V1", "aws"));
  EXPECT_FALSE(certificate_template("arn:aws:acm-pca:::template/RootCACertificate/V2", "aws"));
}

TEST(PcaTemplate, BaseTemplatesTakeSubjectAndNamesFromTheCsr) {
  const pki::Template what =
      applied(*named("EndEntityServerAuthCertificate"),
              content("csr.example", {"KEY_AGREEMENT"}, {"1.2.3"}), content("api.example"));
  EXPECT_EQ(what.subject.get("CN"), "csr.example");
  EXPECT_THAT(what.names.dns, ElementsAre("csr.example"));
  EXPECT_THAT(what.key_usages, ElementsAre("DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"));
  EXPECT_THAT(what.extended_key_usages, ElementsAre("TLS_WEB_SERVER_AUTHENTICATION"));
}

// User Guide, "Template order of operations": the template, then the API, then the CSR.
TEST(PcaTemplate, TheApiComesBeforeTheCsrAndTheTemplateBeforeBoth) {
  const RequestedContent csr = content("csr.example", {"KEY_AGREEMENT"}, {"1.2.3"});
  RequestedContent api = content("api.example", {"DATA_ENCIPHERMENT"});
  const pki::Template blank =
      applied(*named("BlankEndEntityCertificate_APICSRPassthrough"), csr, api);
  EXPECT_EQ(blank.subject.get("CN"), "api.example");
  EXPECT_THAT(blank.key_usages, ElementsAre("DATA_ENCIPHERMENT"));
  EXPECT_THAT(blank.extended_key_usages, ElementsAre("1.2.3"));
  const pki::Template usual = applied(*named("EndEntityCertificate_APICSRPassthrough"), csr, api);
  EXPECT_THAT(usual.key_usages, ElementsAre("DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"));
  api = {};
  EXPECT_EQ(applied(*named("EndEntityCertificate_APIPassthrough"), csr, api).subject.get("CN"),
            "csr.example");
  EXPECT_THAT(applied(*named("BlankEndEntityCertificate_APIPassthrough"), csr, api).key_usages,
              IsEmpty());
}

}  // namespace
}  // namespace certloop::emulator
