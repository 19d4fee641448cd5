#include "aws/arn.h"

#include <gtest/gtest.h>

namespace certloop::aws {
namespace {

TEST(Arn, IsTakenApartAndPutTogetherAgain) {
  const std::string text =
      "arn:aws-cn:acm-pca:cn-north-1:111122223333:certificate-authority/a/certificate/b:c";
  const auto arn = Arn::parse(text);
  ASSERT_TRUE(arn.ok());
  EXPECT_EQ(arn->partition, "aws-cn");
  EXPECT_EQ(arn->service, "acm-pca");
  EXPECT_EQ(arn->region, "cn-north-1");
  EXPECT_EQ(arn->account, "111122223333");
  EXPECT_EQ(arn->resource, "certificate-authority/a/certificate/b:c");
  EXPECT_EQ(arn->text(), text);
}

TEST(Arn, MayLackRegionAndAccount) {
  const auto arn = Arn::parse("arn:aws:acm-pca:::template/EndEntityCertificate/V1");
  ASSERT_TRUE(arn.ok());
  EXPECT_EQ(arn->region, "");
  EXPECT_EQ(arn->text(), "arn:aws:acm-pca:::template/EndEntityCertificate/V1");
}

TEST(Arn, RefusesWhatIsNone) {
  const std::string long_one = "arn:aws:acm:r:a:" + std::string(2048, 'x');
  for (const std::string& text :
       {std::string(), std::string("arn"), std::string("arn:aws:acm:us-east-1:1"),
        std::string("arn::acm:r:a:x"), std::string("arn:aws::r:a:x"),
        std::string("arn:aws:acm:r:a:"), std::string("urn:aws:acm:r:a:x"),
        std::string("arn:aws:acm:r:a:x\n"), std::string("arn:aws:acm:r:a:x y"), long_one}) {
    const auto arn = Arn::parse(text);
    ASSERT_FALSE(arn.ok()) << text;
    EXPECT_EQ(arn.error().code(), Code::invalid);
  }
}

}  // namespace
}  // namespace certloop::aws
