#include "loop/informer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "loop/controller.h"
#include "loop/references.h"
#include "store/typed.h"
#include "tests/support/faulty_store.h"
#include "tests/support/temporary_store.h"

namespace certloop::loop {
namespace {

using api::Key;
using api::Kind;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Does something and is content.
class Writes final : public Reconciler {
 public:
  explicit Writes(std::function<void(const Key&)> write) : write_(std::move(write)) {}
  Result<Next> reconcile(const Key& key) override {
    write_(key);
    return Next::on_change();
  }

 private:
  std::function<void(const Key&)> write_;
};

class InformerTest : public testing::Test {
 protected:
  InformerTest() {
    const Following usual{true, [](const api::Object& object) { return links_of(object); }};
    for (const Kind kind : {Kind::account, Kind::certificate, Kind::placement})
      informer_.follow(kind, usual);
    informer_.follow(Kind::secret, {false, usual.links});
  }

  void apply(const api::Object& object) {
    const auto applied = real_->apply(object, {.manager = "test", .force = true, .dry_run = false});
    ASSERT_TRUE(applied.ok()) << applied.error().message();
  }
  void apply_account(const std::string& name, const std::string& region = "us-east-1") {
    api::Account account;
    account.meta.space = "payments";
    account.meta.name = name;
    account.spec.regions = {region};
    account.spec.authentication.access_key = {"AKIAEXAMPLE", {name + "-access", "key"}, {}};
    apply(api::write(account));
  }
  void apply_secret(const std::string& name, const std::string& value) {
    api::Object secret;
    secret.kind = Kind::secret;
    secret.meta.space = "payments";
    secret.meta.name = name;
    secret.body = *api::Document::parse(R"({"data":{"key":")" + value + R"("},"type":"Opaque"})");
    apply(secret);
  }
  api::Certificate certificate(const std::string& name, const std::string& account = "prod") {
    api::Certificate wanted;
    wanted.meta.space = "payments";
    wanted.meta.name = name;
    wanted.spec.domain_name = name + ".example.com";
    wanted.spec.account_ref.name = account;
    wanted.spec.region = "us-east-1";
    return wanted;
  }
  void apply_certificate(const std::string& name) { apply(api::write(certificate(name))); }
  template <class T>
  T read(const std::string& name) {
    return *store::get<T>(*real_, "payments", name);
  }
  template <class T>
  void write_status(const T& object) {
    const auto written = real_->update_status(api::write(object));
    ASSERT_TRUE(written.ok()) << written.error().message();
  }

  // Pumps, and empties the queue: the names of what was queued.
  std::vector<std::string> queued() {
    const auto pumped = informer_.pump();
    EXPECT_TRUE(pumped.ok()) << pumped.error().message();
    return drained();
  }
  std::vector<std::string> drained() {
    std::vector<std::string> names;
    while (auto lease = queue_.try_take()) {
      names.push_back(lease->key().name);
      lease->forget();
    }
    return names;
  }

  test::TemporaryStore real_{20};
  test::FaultyStore store_{*real_};
  WorkQueue queue_{real_.clock};
  Informer informer_{store_, queue_, Log::none()};
};

TEST_F(InformerTest, QueuesWhatStandsThereAtFirstAndWhatChangesAfterwards) {
  apply_account("prod");
  apply_certificate("shop");
  EXPECT_FALSE(informer_.synced());
  EXPECT_THAT(queued(), UnorderedElementsAre("prod", "shop"));
  EXPECT_TRUE(informer_.synced());
  EXPECT_THAT(queued(), IsEmpty());
  apply_certificate("pay");
  EXPECT_THAT(queued(), ElementsAre("pay"));
  apply_certificate("pay");
  EXPECT_THAT(queued(), IsEmpty()) << "nothing has changed";
  ASSERT_TRUE(real_->remove({Kind::certificate, "payments", "pay"}, {}).ok());
  EXPECT_THAT(queued(), ElementsAre("pay"));
}

TEST_F(InformerTest, TheInitialListYieldsToEdits) {
  for (int i = 0; i < 5; ++i) apply_certificate("listed-" + std::to_string(i));
  ASSERT_TRUE(informer_.pump().ok());
  apply_certificate("edited");
  ASSERT_TRUE(informer_.pump().ok());
  EXPECT_EQ(drained().front(), "edited");
}

TEST_F(InformerTest, AStatusDoesNotQueueItsOwnObject) {
  apply_certificate("shop");
  queued();
  auto shop = read<api::Certificate>("shop");
  shop.status.arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  write_status(shop);
  EXPECT_THAT(queued(), IsEmpty());
}

TEST_F(InformerTest, GenerationAnnotationsFinalizersAndDeletionDo) {
  apply_certificate("shop");
  queued();
  auto changed = certificate("shop");
  changed.spec.tags["team"] = "shop";
  apply(api::write(changed));
  EXPECT_THAT(queued(), ElementsAre("shop"));

  const Key key{Kind::certificate, "payments", "shop"};
  auto object = *real_->get(key);
  object.meta.annotations["certloop.dev/abandon"] = "true";
  object = *real_->edit_metadata(object);
  EXPECT_THAT(queued(), ElementsAre("shop"));
  object.meta.finalizers = {"certloop.dev/certificate"};
  object = *real_->edit_metadata(object);
  EXPECT_THAT(queued(), ElementsAre("shop"));
  object.meta.labels["seen"] = "yes";
  object = *real_->edit_metadata(object);
  EXPECT_THAT(queued(), IsEmpty()) << "labels ask for nothing";
  ASSERT_TRUE(real_->remove(key, {}).ok());  // marked: it has a finalizer
  EXPECT_THAT(queued(), ElementsAre("shop"));
  object = *real_->get(key);
  object.meta.finalizers.clear();
  ASSERT_TRUE(real_->edit_metadata(object).ok());  // gone
  EXPECT_THAT(queued(), ElementsAre("shop"));
}

TEST_F(InformerTest, ARunThatWritesItsOwnStatusEveryTimeEnds) {
  apply_certificate("shop");
  int runs = 0;
  Writes writes([&](const Key& key) {
    auto object = read<api::Certificate>(key.name);
    object.status.failed_attempts = ++runs;
    write_status(object);
  });
  Controller controller(queue_, Log::none());
  controller.serve(Kind::certificate, writes);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(informer_.pump().ok());
    controller.step();
  }
  EXPECT_EQ(runs, 1);
}

TEST_F(InformerTest, AChangeOfAnAccountQueuesWhatRefersToIt) {
  apply_account("prod");
  apply_account("test");
  apply_certificate("shop");
  apply_certificate("pay");
  apply(api::write(certificate("elsewhere", "test")));
  queued();
  // S21, S7: its spec, and its status too: an Account that has become Ready frees its users.
  apply_account("prod", "eu-west-1");
  EXPECT_THAT(queued(), UnorderedElementsAre("prod", "shop", "pay"));
  auto prod = read<api::Account>("prod");
  prod.status.account_id = "123456789012";
  write_status(prod);
  EXPECT_THAT(queued(), UnorderedElementsAre("shop", "pay"));
  ASSERT_TRUE(real_->remove({Kind::account, "payments", "prod"}, {}).ok());
  EXPECT_THAT(queued(), UnorderedElementsAre("prod", "shop", "pay"));
}

TEST_F(InformerTest, ADanglingReferenceHealsWhenItsTargetAppears) {  // S21
  apply_certificate("shop");
  queued();
  apply_account("prod");
  EXPECT_THAT(queued(), UnorderedElementsAre("prod", "shop"));
}

TEST_F(InformerTest, ARotatedSecretQueuesItsUsersButNotItself) {  // S78
  apply_account("prod");
  apply_secret("prod-access", "b25l");
  EXPECT_THAT(queued(), ElementsAre("prod"));
  apply_secret("prod-access", "dHdv");
  EXPECT_THAT(queued(), ElementsAre("prod"));
  apply_secret("unrelated", "b25l");
  EXPECT_THAT(queued(), IsEmpty());
}

TEST_F(InformerTest, AReferenceThatChangedNoLongerCounts) {
  apply_account("prod");
  apply_account("test");
  apply_certificate("shop");
  queued();
  apply(api::write(certificate("shop", "test")));
  queued();
  apply_account("prod", "eu-west-1");
  EXPECT_THAT(queued(), ElementsAre("prod"));
  apply_account("test", "eu-west-1");
  EXPECT_THAT(queued(), UnorderedElementsAre("test", "shop"));
}

TEST_F(InformerTest, AnObjectThatIsGoneIsNoLongerQueuedForOthers) {
  apply_account("prod");
  apply_certificate("shop");
  queued();
  ASSERT_TRUE(real_->remove({Kind::certificate, "payments", "shop"}, {}).ok());
  queued();
  apply_account("prod", "eu-west-1");
  EXPECT_THAT(queued(), ElementsAre("prod"));
}

TEST_F(InformerTest, AChildQueuesItsOwnerWheneverItChanges) {
  apply_certificate("shop");
  const auto owner = read<api::Certificate>("shop");
  api::Placement placement;
  placement.meta.space = "payments";
  placement.meta.name = "shop-1";
  placement.meta.owners = {{Kind::certificate, "shop", owner.meta.uid}};
  ASSERT_TRUE(real_->create(api::write(placement)).ok());
  queued();
  auto made = read<api::Placement>("shop-1");
  made.status.acm_status = "ISSUED";
  write_status(made);
  EXPECT_THAT(queued(), ElementsAre("shop"));
  ASSERT_TRUE(real_->remove({Kind::placement, "payments", "shop-1"}, {}).ok());
  EXPECT_THAT(queued(), UnorderedElementsAre("shop-1", "shop"));
}

TEST_F(InformerTest, AnObjectMadeAnewUnderItsNameIsQueued) {
  apply_certificate("shop");
  queued();
  ASSERT_TRUE(real_->remove({Kind::certificate, "payments", "shop"}, {}).ok());
  apply_certificate("shop");
  EXPECT_THAT(queued(), ElementsAre("shop"));
}

TEST_F(InformerTest, AWatchThatFellBehindListsAgainAndMissesNothing) {
  apply_account("prod");
  for (const char* name : {"changed", "gone", "same"}) apply_certificate(name);
  queued();
  auto changed = certificate("changed");
  changed.spec.region = "eu-west-1";
  apply(api::write(changed));
  ASSERT_TRUE(real_->remove({Kind::certificate, "payments", "gone"}, {}).ok());
  apply_certificate("new");
  // More than the store's log keeps (20).
  for (int i = 0; i < 60; ++i) apply_secret("noise", i % 2 == 0 ? "b25l" : "dHdv");
  EXPECT_THAT(queued(), UnorderedElementsAre("changed", "gone", "new"));
}

TEST_F(InformerTest, ReadsLongListsPageByPage) {
  std::size_t pages = 0;
  store_.before = [&](const std::string& operation) -> Result<void> {
    if (operation == "list") ++pages;
    return {};
  };
  for (int i = 0; i < 1100; ++i) apply_certificate("c" + std::to_string(i));
  EXPECT_EQ(queued().size(), 1100U);
  EXPECT_EQ(pages, 3U + 3U) << "three of certificates, one of each other kind";
}

TEST_F(InformerTest, GoesOnWhereAFailingStoreStoppedIt) {
  apply_account("prod");
  apply_certificate("shop");
  bool fails = true;
  store_.before = [&](const std::string& operation) -> Result<void> {
    if (fails && operation == "watch") return Error(Code::unavailable, "the disk is full");
    return {};
  };
  EXPECT_EQ(informer_.pump().error().code(), Code::unavailable);
  EXPECT_FALSE(informer_.synced());
  fails = false;
  EXPECT_THAT(queued(), Contains("shop"));
  EXPECT_TRUE(informer_.synced());
}

TEST_F(InformerTest, AnExceptionIsAnErrorAndNothingIsMissedBecauseOfIt) {
  apply_certificate("shop");
  EXPECT_THAT(queued(), Contains("shop"));
  apply_certificate("later");
  bool throws = true;
  Following breaks{true, [&](const api::Object& object) {
                     if (std::exchange(throws, false)) throw std::runtime_error("out of range");
                     return links_of(object);
                   }};
  informer_.follow(Kind::certificate, breaks);
  const auto pumped = informer_.pump();
  ASSERT_FALSE(pumped.ok());
  EXPECT_EQ(pumped.error().code(), Code::internal);
  EXPECT_THAT(pumped.error().message(), testing::HasSubstr("out of range"));
  EXPECT_THAT(queued(), Contains("later"));
}

TEST_F(InformerTest, SaysWhenAWatchNeverHolds) {
  store_.before = [&](const std::string& operation) -> Result<void> {
    if (operation == "watch") return Error(Code::conflict, "too old");
    return {};
  };
  const auto pumped = informer_.pump();
  EXPECT_EQ(pumped.error().code(), Code::unavailable);
  EXPECT_THAT(pumped.error().message(), testing::HasSubstr("falls behind"));
}

TEST_F(InformerTest, AnObjectThatCannotBeReadIsQueuedNotGoneAndHoldsUpNoOther) {
  apply_account("prod");
  apply_certificate("shop");
  apply_certificate("pay");
  const Key damaged{Kind::certificate, "payments", "shop"};
  std::vector<Key> gone;
  informer_.follow(Kind::certificate,
                   {true, [](const api::Object& object) { return links_of(object); },
                    [&](const Key& key) { gone.push_back(key); }});
  queued();
  store_.edit_listing = [&](store::Listing& listing) {
    if (std::erase_if(listing.objects, [&](const auto& each) { return each.key() == damaged; }) > 0)
      listing.unreadable.push_back({damaged, Error(Code::internal, "its row is damaged")});
  };
  // The log is trimmed, so that everything is listed again.
  for (int i = 0; i < 100; ++i) apply_certificate("c" + std::to_string(i));
  const std::vector<std::string> names = queued();
  EXPECT_THAT(names, Contains("shop"));
  EXPECT_THAT(names, Contains("c99"));
  EXPECT_THAT(gone, IsEmpty());
}

TEST_F(InformerTest, AKindThatCannotBeFollowedHoldsUpNoOther) {
  apply_account("prod");
  apply_certificate("shop");
  std::size_t lists = 0;
  store_.before = [&](const std::string& operation) -> Result<void> {
    // The kinds are listed in their order: the first is accounts.
    if (operation == "list" && lists++ == 0) return Error(Code::internal, "damaged");
    return {};
  };
  EXPECT_EQ(informer_.pump().error().code(), Code::internal);
  EXPECT_FALSE(informer_.synced());
  EXPECT_THAT(drained(), ElementsAre("shop"));
  EXPECT_THAT(queued(), Contains("prod"));
  EXPECT_TRUE(informer_.synced());
}

TEST_F(InformerTest, CountsKeysAgainstTheirAccount) {
  for (const char* name : {"a1", "a2", "a3"}) apply(api::write(certificate(name, "a")));
  apply(api::write(certificate("b1", "b")));
  ASSERT_TRUE(informer_.pump().ok());
  std::vector<WorkQueue::Lease> held;
  std::vector<std::string> names;
  for (int i = 0; i < 2; ++i) {
    held.push_back(*queue_.try_take());
    names.push_back(held.back().key().name);
  }
  EXPECT_THAT(names, UnorderedElementsAre("a1", "b1")) << "accounts take turns";
}

TEST_F(InformerTest, RunsUntilToldToStop) {
  std::stop_source stop;
  std::jthread runner([&] { informer_.run(stop.get_token()); });
  apply_certificate("shop");
  const auto lease = queue_.take({});
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->key().name, "shop");
  stop.request_stop();
  runner.join();
}

}  // namespace
}  // namespace certloop::loop
