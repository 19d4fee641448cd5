#include "cli/selection.h"

#include <gtest/gtest.h>

namespace certloop::cli {
namespace {

std::string shown(const std::vector<std::string>& arguments) {
  const auto targets = parse_targets(arguments);
  if (!targets) return "error: " + targets.error().message();
  std::string out;
  for (const Target& target : *targets)
    out += std::string(api::info_of(target.kind).plural) +
           (target.name ? "/" + *target.name : std::string()) + ' ';
  return out;
}

TEST(Targets, AreNamedInKubectlsWords) {
  EXPECT_EQ(shown({"certificates"}), "certificates ");
  EXPECT_EQ(shown({"acmcert/shop"}), "certificates/shop ");
  EXPECT_EQ(shown({"certificate.certloop.dev/shop"}), "certificates/shop ");
  EXPECT_EQ(shown({"secret/a", "account/b"}), "secrets/a accounts/b ");
  EXPECT_EQ(shown({"certificate", "shop", "blog"}), "certificates/shop certificates/blog ");
  EXPECT_EQ(shown({"certificates,accounts"}), "certificates accounts ");
  EXPECT_EQ(shown({"all"}), "accounts certificateauthorities certificates placements hostedzones ");
  EXPECT_EQ(shown({"certloop"}), shown({"all"}));
}

TEST(Targets, AreRefusedWithWhatWasMeant) {
  EXPECT_EQ(shown({"acount/a"}), "error: the kind 'acount' is not known; did you mean account?");
  EXPECT_NE(shown({"zzz"}).find("there are accounts"), std::string::npos);
  EXPECT_NE(shown({"certificate/"}).find("is not KIND/NAME"), std::string::npos);
  EXPECT_NE(shown({"certificate/a/b"}).find("is not KIND/NAME"), std::string::npos);
  EXPECT_NE(shown({"certificate", "a/b"}).find("use one form"), std::string::npos);
  EXPECT_NE(shown({"certificates.apps"}).find("not known"), std::string::npos);
}

TEST(Resources, AreNamedWithTheirGroup) {
  EXPECT_EQ(resource_of(api::Key{api::Kind::certificate, "a", "b"}), "certificate.certloop.dev/b");
  EXPECT_EQ(resource_of(api::Kind::secret), "secret");
}

}  // namespace
}  // namespace certloop::cli
