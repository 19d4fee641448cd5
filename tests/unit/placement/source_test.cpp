// What a Secret holds is opened once for each content: whoever wrote it chose what that costs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "reconcilers/placement/source.h"
#include "store/empty_store.h"
#include "store/overlay_store.h"

namespace certloop::placement {
namespace {

using testing::HasSubstr;

TEST(SourceCache, OpensOnceForEachDigest) {
  SourceCache cache;
  int opened = 0;
  const auto open = [&]() -> Result<Source> {
    ++opened;
    Source source;
    source.serial = "01";
    return source;
  };
  EXPECT_EQ(cache.get("a", open).value().serial, "01");
  EXPECT_EQ(cache.get("a", open).value().serial, "01");
  EXPECT_EQ(opened, 1);
  EXPECT_TRUE(cache.get("b", open).ok());
  EXPECT_EQ(opened, 2);
}

// A wrong passphrase costs as much as the right one.
TEST(SourceCache, RemembersWhatIsInvalidButNotWhatMayPass) {
  SourceCache cache;
  int opened = 0;
  Code code = Code::invalid;
  const auto open = [&]() -> Result<Source> {
    ++opened;
    return Error(code, "no");
  };
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(cache.get("a", open).ok());
  EXPECT_EQ(opened, 1);
  code = Code::unavailable;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(cache.get("b", open).ok());
  EXPECT_EQ(opened, 4);
}

TEST(SourceCache, TellsContentsAndPassphrasesApart) {
  SimClock clock{*parse_rfc3339("2026-11-21T00:00:00Z")};
  store::EmptyStore empty("nowhere");
  store::OverlayStore store(empty, clock);
  api::Placement placement;
  placement.meta.space = "default";
  placement.spec.domain_name = "shop.example.com";
  placement.spec.issuer.imported.emplace();
  placement.spec.issuer.imported->secret_name = "tls";
  SourceCache cache;
  const auto problem = [&](const std::string& name, const std::string& bytes) {
    api::Object secret;
    secret.kind = api::Kind::secret;
    secret.meta.space = "default";
    secret.meta.name = "tls";
    secret.body = *api::Document::parse(R"({"type": "Opaque", "data": {")" + name + R"(": ")" +
                                        to_base64(bytes) + R"("}})");
    store.put(secret);
    Observed observed;
    find_source(store, cache, placement, clock.now(), observed);
    return observed.reference ? observed.reference->message : "";
  };
  EXPECT_THAT(problem("keystore.p12", "nonsense"), HasSubstr("not a PKCS#12 file"));
  EXPECT_THAT(problem("keystore.p12", "nonsense"), HasSubstr("Secret default/tls"));
  EXPECT_THAT(problem("tls.crt", "nonsense"), HasSubstr("it needs tls.crt and tls.key"));
}

}  // namespace
}  // namespace certloop::placement
