// What is left of a store whose bytes have changed: one damaged row is one object in error.
#include <map>
#include <random>

#include "base/text.h"
#include "store/stored_row.h"
#include "store/typed.h"
#include "store_fixture.h"

namespace certloop::store {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const api::Key kDamagedKey{api::Kind::certificate, "shop", "b"};

class DamagedTest : public StoreTest {
 protected:
  // Certificates a, b and c; then `change` is made to b's row by hand.
  std::unique_ptr<SqliteStore> damaged(const std::string& change) {
    auto store = open();
    for (const char* name : {"a", "b", "c"})
      store->create(object(api::Kind::certificate, name, R"({"spec":{"x":"value"}})")).value();
    // Whoever changes bytes on the disk is stopped by no trigger.
    EXPECT_EQ(sql("DROP TRIGGER objects_update; UPDATE objects SET " + change +
                  " WHERE name = 'b'"),
              "");
    return store;
  }
};

TEST_F(DamagedTest, OneBitInAnyColumnIsAnErrorOfThatObjectAlone) {
  for (const char* change :
       {R"(body = '{"spec":{"x":"valuf"}}')", "body = '{\"spec\":'", "status = '{\"x\":1}'",
        "metadata = '{\"labels\":7}'", "managed = 'x'", "generation = 3", "revision = 9",
        "created = created + 1", "deleted = 5", "uid = 'other'", "sealed_by = 'x'"}) {
    const auto store = damaged(change);
    const auto refused = store->get(kDamagedKey);
    ASSERT_FALSE(refused.ok()) << change;
    EXPECT_EQ(refused.error().code(), Code::internal);
    EXPECT_EQ(refused.error().reason(), kDamaged);
    EXPECT_NE(refused.error().message().find("Certificate shop/b"), std::string::npos);
    EXPECT_NE(refused.error().message().find("backup"), std::string::npos);

    const Listing listing = store->list({}).value();
    ASSERT_EQ(listing.objects.size(), 2u) << change;
    EXPECT_EQ(listing.objects[1].meta.name, "c");
    ASSERT_EQ(listing.unreadable.size(), 1u);
    EXPECT_EQ(listing.unreadable[0].key, kDamagedKey);
    EXPECT_TRUE(store->get({api::Kind::certificate, "shop", "c"}).ok());
    fs::remove_all(state_directory());
  }
}

TEST_F(DamagedTest, NothingIsWrittenOverADamagedObject) {
  const auto store = damaged("generation = 3");
  const auto wanted = object(api::Kind::certificate, "b", R"({"spec":{}})");
  EXPECT_EQ(store->apply(wanted, {}).error().reason(), kDamaged);
  EXPECT_EQ(store->create(wanted).error().reason(), kDamaged);
  EXPECT_EQ(store->remove(kDamagedKey, {}).error().reason(), kDamaged);
}

TEST_F(DamagedTest, PagesGoOnBehindADamagedObject) {
  const auto store = damaged("name = 'b' || x'ff'");
  Selector selector{.limit = 1};
  std::vector<std::string> names;
  std::size_t unreadable = 0;
  do {
    const Listing page = store->list(selector).value();
    for (const auto& object : page.objects) names.push_back(object.meta.name);
    unreadable += page.unreadable.size();
    selector.after = page.more;
  } while (!selector.after.empty());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(unreadable, 1u);
}

TEST_F(DamagedTest, WhoDecidesByWhatIsAbsentGetsAnErrorAndWhoShowsGoesOn) {
  const auto store = damaged("generation = 3");
  EXPECT_EQ(list<api::Certificate>(*store).error().reason(), kDamaged);
  const auto readable = list_readable<api::Certificate>(*store).value();
  EXPECT_EQ(readable.objects.size(), 2u);
  EXPECT_EQ(readable.unreadable.size(), 1u);
}

TEST_F(DamagedTest, ADamagedEntryOfTheLogMakesWatchesListAgain) {
  const auto store = open();
  auto watch = store->watch(api::Kind::certificate, "0").value();
  store->create(object(api::Kind::certificate, "a", "{}")).value();
  sql("UPDATE changes SET body = '{\"spec\":1}'");
  const auto torn = watch->poll();
  ASSERT_FALSE(torn.ok());
  EXPECT_EQ(torn.error().code(), Code::conflict);
  const Listing again = store->list({}).value();
  EXPECT_EQ(again.objects.size(), 1u);
  EXPECT_TRUE(store->watch(api::Kind::certificate, again.version).value()->poll().ok());
}

TEST_F(DamagedTest, ASecretWithoutASealIsRefused) {
  const auto store = open();
  store->create(object(api::Kind::secret, "s", R"({"data":{"a":"eA=="}})")).value();
  sql("DROP TRIGGER objects_update; UPDATE objects SET sealed_by = NULL, metadata = '{}', "
      "managed = '{}', body = '{\"data\":{\"a\":\"eQ==\"}}', status = '{}'");
  const auto refused = store->get({api::Kind::secret, "shop", "s"});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("sealed"), std::string::npos);
}

TEST_F(DamagedTest, ASecretMovedToAnotherNamespaceIsRefusedWithAChecksumThatFits) {
  const auto store = open();
  const api::Object kept =
      store->create(object(api::Kind::secret, "s", R"({"data":{"a":"eA=="}})")).value();
  const StoredValues values = values_of(kept, *sealer()).value();
  const std::string key_id = sealer()->key_id();
  StoredRow row = row_of(kept, values);
  row.sealed_by = key_id;
  std::string checksum = checksum_of(row);
  row.checksum = checksum;
  EXPECT_EQ(object_of(row, *sealer()).value(), kept);
  row.space = "bank";
  checksum = checksum_of(row);
  row.checksum = checksum;
  const auto refused = object_of(row, *sealer());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), kDamaged);
  EXPECT_NE(refused.error().message().find("moved"), std::string::npos);
}

// A copied database with bits flipped at seeded places: whatever they hit, each operation answers
// or says why it cannot, and a row that is answered is one that was written.
TEST_F(DamagedTest, FlippedBitsAreErrorsAndNeverWrongAnswers) {
  std::map<std::string, std::string> written;
  {
    const auto store = open();
    for (int i = 0; i < 40; ++i) {
      const auto made = store->create(
          object(i % 4 == 0 ? api::Kind::secret : api::Kind::certificate, "n" + std::to_string(i),
                 json{{"data", {{"x", to_base64(std::string(40, static_cast<char>('a' + i)))}}}}
                     .dump()));
      written[api::text_of(made.value().key())] = made.value().body.text();
    }
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const fs::path file = state_directory() / "certloop.db";
  const std::string whole = content_of(file);
  int refused = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    std::mt19937 random(seed);
    std::string bytes = whole;
    for (int flips = 1 + static_cast<int>(seed % 3); flips > 0; --flips)
      bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    for (const char* rest : {"certloop.db-wal", "certloop.db-shm"})
      fs::remove(state_directory() / rest);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    const auto store = try_open(options());
    if (!store) {
      ++refused;
      continue;
    }
    for (const auto kind : {api::Kind::certificate, api::Kind::secret}) {
      const auto listing = (*store)->list({.kind = kind});
      if (!listing || !listing->unreadable.empty()) ++refused;
      if (!listing) continue;
      for (const auto& read : listing->objects) {
        ASSERT_EQ(written[api::text_of(read.key())], read.body.text()) << "seed " << seed;
        (void)(*store)->get(read.key());
      }
      if (const auto watch = (*store)->watch(kind, "0")) (void)(*watch)->poll();
      const api::Object any = object(kind, "n1", R"({"data":{"x":"eA=="}})");
      (void)(*store)->apply(any, {});
      (void)(*store)->remove(any.key(), {});
    }
  }
  EXPECT_GT(refused, 20) << "the flips hit something";
}

TEST_F(DamagedTest, AStateThatWasDeletedIsSaidToBeAndIsNotWrittenTo) {
  const auto store = open();
  auto watch = store->watch(api::Kind::certificate, "0").value();
  store->create(object(api::Kind::certificate, "a", "{}")).value();
  EXPECT_TRUE(store->check_intact().ok());
  fs::remove_all(state_directory());
  EXPECT_EQ(store->check_intact().error().reason(), kStateReplaced);
  EXPECT_EQ(store->check_intact().error().code(), Code::unavailable);
  EXPECT_EQ(store->list({}).error().reason(), kStateReplaced);
  EXPECT_EQ(watch->poll().error().reason(), kStateReplaced);
  EXPECT_EQ(store->create(object(api::Kind::certificate, "b", "{}")).error().reason(),
            kStateReplaced);
}

TEST_F(DamagedTest, AStateThatWasReplacedIsNotTakenForTheOldOne) {
  const auto store = open();
  store->create(object(api::Kind::certificate, "a", "{}")).value();
  fs::rename(state_directory(), directory_ / "moved");
  const auto other = open();
  EXPECT_EQ(store->get({api::Kind::certificate, "shop", "a"}).error().reason(), kStateReplaced);
  EXPECT_EQ(other->list({}).value().objects.size(), 0u);
  EXPECT_TRUE(other->check_intact().ok());
}

TEST_F(DamagedTest, WhoWaitsForAChangeIsWokenOnceWhenTheStateGoes) {
  const auto store = open();
  store->wait_for_change(std::chrono::seconds(0), {});
  fs::remove_all(state_directory());
  const auto begin = std::chrono::steady_clock::now();
  store->wait_for_change(std::chrono::seconds(60), {});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace certloop::store
