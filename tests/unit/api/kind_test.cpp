#include "api/kind.h"

#include <gtest/gtest.h>

#include "api/difference.h"

namespace certloop::api {
namespace {

TEST(Kind, IsFoundByEveryNameItHas) {
  for (const KindInfo& info : all_kinds()) {
    EXPECT_EQ(info_of(info.kind).name, info.name);
    EXPECT_EQ(kind_named(info.name), info.kind);
    EXPECT_EQ(kind_named(info.plural), info.kind);
    if (!info.short_name.empty()) {
      EXPECT_EQ(kind_named(info.short_name), info.kind);
    }
  }
  EXPECT_EQ(kind_named("ACMCERT"), Kind::certificate);
  EXPECT_EQ(kind_named("certificate"), Kind::certificate);
  EXPECT_EQ(kind_named("pod"), std::nullopt);
  EXPECT_EQ(kind_named(""), std::nullopt);
}

TEST(Kind, NamesAnObjectForMessages) {
  EXPECT_EQ(text_of({Kind::certificate, "payments", "shop"}), "Certificate payments/shop");
  EXPECT_EQ(text_of({Kind::certificate, "", "shop"}), "Certificate shop");
}

TEST(DriftClass, HasOneNameEach) {
  for (int i = 0; i <= static_cast<int>(DriftClass::unknown); ++i) {
    const auto drift_class = static_cast<DriftClass>(i);
    EXPECT_EQ(drift_class_named(name_of(drift_class)), drift_class);
  }
  EXPECT_EQ(name_of(DriftClass::will_not_renew), "WillNotRenew");
  EXPECT_EQ(drift_class_named("changed"), std::nullopt);
}

}  // namespace
}  // namespace certloop::api
