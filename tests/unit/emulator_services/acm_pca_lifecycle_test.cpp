#include "emulator/acm_pca_lifecycle.h"

#include <gtest/gtest.h>

namespace certloop::emulator {
namespace {

constexpr Time at(int seconds) { return Time(std::chrono::seconds(seconds)); }
constexpr int kDay = 86400;

AuthorityLifecycle pending() {
  AuthorityLifecycle life;
  life.created_at = at(0);
  life.ready_at = at(10);
  return life;
}

AuthorityLifecycle active() {
  AuthorityLifecycle life = pending();
  life.install(at(1000), at(20));
  return life;
}

TEST(PcaLifecycle, CreatingBecomesPendingByTime) {
  const AuthorityLifecycle life = pending();
  EXPECT_EQ(life.status(at(9)), AuthorityStatus::creating);
  EXPECT_EQ(life.status(at(10)), AuthorityStatus::pending_certificate);
  EXPECT_EQ(life.since(at(9)), at(0));
  EXPECT_EQ(life.since(at(50)), at(10));
}

TEST(PcaLifecycle, AnInstalledCertificateMakesItActiveUntilItEnds) {
  const AuthorityLifecycle life = active();
  EXPECT_EQ(life.status(at(20)), AuthorityStatus::active);
  EXPECT_EQ(life.since(at(30)), at(20));
  EXPECT_EQ(life.status(at(999)), AuthorityStatus::active);
  EXPECT_EQ(life.status(at(1000)), AuthorityStatus::expired);
  EXPECT_EQ(life.since(at(5000)), at(1000));
}

TEST(PcaLifecycle, ANewCertificateRevivesAnExpiredOne) {
  AuthorityLifecycle life = active();
  EXPECT_TRUE(life.can_install(at(1500)));
  life.install(at(9000), at(1500));
  EXPECT_EQ(life.status(at(1500)), AuthorityStatus::active);
}

TEST(PcaLifecycle, ADisabledOneStaysDisabledWhenRevived) {
  AuthorityLifecycle life = active();
  life.set_disabled(true, at(30));
  EXPECT_FALSE(life.can_install(at(40)));
  EXPECT_EQ(life.status(at(1500)), AuthorityStatus::expired);
  life.install(at(9000), at(1500));
  EXPECT_EQ(life.status(at(1500)), AuthorityStatus::disabled);
}

TEST(PcaLifecycle, OnlyActiveAndDisabledCanBeUpdatedOrRevoke) {
  AuthorityLifecycle life = active();
  EXPECT_TRUE(life.can_update(at(30)));
  EXPECT_TRUE(life.can_revoke(at(30)));
  EXPECT_FALSE(life.can_update(at(1500)));
  EXPECT_FALSE(pending().can_update(at(50)));
  life.set_disabled(true, at(30));
  EXPECT_TRUE(life.can_update(at(40)));
}

TEST(PcaLifecycle, AnActiveOneMustBeDisabledBeforeItIsDeleted) {
  AuthorityLifecycle life = active();
  EXPECT_FALSE(life.can_delete(at(30)));
  life.set_disabled(true, at(30));
  EXPECT_TRUE(life.can_delete(at(31)));
  EXPECT_TRUE(active().can_delete(at(1500)));
  EXPECT_TRUE(pending().can_delete(at(50)));
}

TEST(PcaLifecycle, ADeletedOneCanBeRestoredInItsWindow) {
  AuthorityLifecycle life = active();
  life.set_disabled(true, at(30));
  life.erase(7, at(100));
  EXPECT_EQ(life.status(at(200)), AuthorityStatus::deleted);
  EXPECT_FALSE(life.can_delete(at(200)));
  EXPECT_FALSE(life.can_install(at(200)));
  EXPECT_FALSE(life.is_gone(at(99 + 7 * kDay)));
  EXPECT_TRUE(life.is_gone(at(100 + 7 * kDay)));
  AuthorityLifecycle restored = life;
  restored.restore(at(300));
  EXPECT_EQ(restored.status(at(300)), AuthorityStatus::disabled);
  // What ended meanwhile comes back expired.
  restored = life;
  restored.restore(at(2000));
  EXPECT_EQ(restored.status(at(2000)), AuthorityStatus::expired);
}

TEST(PcaLifecycle, WhatNeverWasReadyHasNoWindow) {
  AuthorityLifecycle life = pending();
  life.erase(30, at(5));
  EXPECT_TRUE(life.is_gone(at(5)));
  AuthorityLifecycle failed = pending();
  failed.fails = true;
  EXPECT_EQ(failed.status(at(10)), AuthorityStatus::failed);
  failed.erase(30, at(20));
  EXPECT_TRUE(failed.is_gone(at(20)));
}

}  // namespace
}  // namespace certloop::emulator
