// States of schema 1, as the first version wrote them, and what opening makes of them.
#include "store_fixture.h"

namespace certloop::store {
namespace {

// What the first version's sealer made of a Secret with the data below: uid "uid-1", revision 1,
// key 'k' 32 times. It bound a value to uid, field and revision, not to namespace and name.
constexpr const char* kSealed[] = {
    "434c53314313c379d790bf3f0101010101010101010101012c92e232bed711d57703fee6d81c79cfccd6",
    "434c53314313c379d790bf3f020202020202020202020202e8b5596d5e5cc0f898261e7aa7615df36e03",
    ("434c53314313c379d790bf3f030303030303030303030303a8dd10e22d0ecf3b08a47ad1aa1fafb9058c3dbc1bbc"
     "ccf5267e77e8260398baaa213d1e5719c0421e730da1baa8eed396d8b91b30b8602e7f6a96cd56f23f32"),
    "434c53314313c379d790bf3f040404040404040404040404611e3495c0fb2a34de7742a9654109fcefbb"};
constexpr const char* kSealedBy = "4313c379d790bf3f";
constexpr const char* kData = R"({"data":{"password":"Y2FuYXJ5"},"type":"Opaque"})";

const api::Key kSecret{api::Kind::secret, "shop", "s"};

class MigrationTest : public StoreTest {
 protected:
  // A new state, taken back to schema 1.
  MigrationTest() {
    open();
    EXPECT_EQ(sql("DROP TRIGGER objects_insert; DROP TRIGGER objects_update;"
                  "DROP TRIGGER changes_insert; ALTER TABLE objects DROP COLUMN checksum;"
                  "ALTER TABLE changes DROP COLUMN checksum; PRAGMA user_version = 1"),
              "");
  }

  static std::string values(bool sealed) {
    if (!sealed) return std::string("'{}', '{}', '") + kData + "', '{}', NULL";
    std::string text;
    for (const char* value : kSealed) text += std::string("x'") + value + "', ";
    return text + "'" + kSealedBy + "'";
  }
  // Puts a row there as the first version would have, and its entry in the log.
  void insert(const std::string& kind, const std::string& space, const std::string& name,
              const std::string& values) {
    const std::string columns =
        "kind, space, name, uid, generation, revision, created, deleted, metadata, managed, body, "
        "status, sealed_by";
    const std::string row = "'" + kind + "', '" + space + "', '" + name +
                            "', 'uid-1', 1, 1, 1790000000000, NULL, " + values;
    EXPECT_EQ(sql("INSERT INTO objects (" + columns + ") VALUES (" + row + ");" +
                  "INSERT INTO changes (version, removed, " + columns + ") VALUES (1, 0, " + row +
                  ")"),
              "");
  }
};

TEST_F(MigrationTest, OpensWhatTheFirstVersionSealedAndSealsItForItsWholePlace) {
  insert("Secret", "shop", "s", values(true));
  EXPECT_EQ(open()->get(kSecret).value().body.text(), kData);
  EXPECT_EQ(sql("SELECT count(*) FROM objects WHERE substr(metadata, 1, 4) = CAST('CLS2' AS BLOB)"),
            "1");
  EXPECT_EQ(sql("SELECT count(*) FROM changes WHERE substr(metadata, 1, 4) = CAST('CLS1' AS BLOB)"),
            "0");
  EXPECT_EQ(open()->get(kSecret).value().body.text(), kData) << "opened a second time";
  EXPECT_EQ(open()->watch(api::Kind::secret, "0").value()->poll().value().size(), 1u);
}

TEST_F(MigrationTest, KeepsEverythingElseAsItWas) {
  insert("Certificate", "shop", "a", values(false));
  const auto store = open();
  const api::Object kept = store->get({api::Kind::certificate, "shop", "a"}).value();
  EXPECT_EQ(kept.meta.uid, "uid-1");
  EXPECT_EQ(kept.meta.version, "1");
  EXPECT_EQ(kept.body.text(), kData);
  EXPECT_TRUE(store->create(object(api::Kind::certificate, "b", "{}")).ok());
}

TEST_F(MigrationTest, RefusesASecretThatWasNotSealed) {
  insert("Secret", "shop", "s", values(false));
  const auto refused = open()->get(kSecret);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), kDamaged);
}

TEST_F(MigrationTest, RefusesASecretThatTheLogKnowsUnderAnotherName) {
  insert("Secret", "shop", "s", values(true));
  sql("UPDATE objects SET space = 'bank'");
  const auto refused = open()->get({api::Kind::secret, "bank", "s"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), kDamaged);
}

TEST_F(MigrationTest, RefusesARowThatWasDamagedBefore) {
  insert("Certificate", "shop", "a",
         "'{}', '{}', '" + std::string(kData).substr(1) + "', '{}', NULL");
  const auto refused = open()->get({api::Kind::certificate, "shop", "a"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), kDamaged);
}

TEST_F(MigrationTest, ChangesNothingWithoutTheKey) {
  insert("Secret", "shop", "s", values(true));
  SqliteStore::Options wrong = options();
  wrong.sealer = sealer("x");
  const auto refused = try_open(std::move(wrong));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_EQ(sql("PRAGMA user_version"), "1");
  EXPECT_EQ(open()->get(kSecret).value().body.text(), kData);
}

TEST_F(MigrationTest, AProgramOfTheFirstVersionThatStillRunsIsStopped) {
  insert("Certificate", "shop", "a", values(false));
  const auto store = open();
  const std::string by_hand = sql("UPDATE objects SET generation = 2");
  EXPECT_NE(by_hand.find("restart"), std::string::npos) << by_hand;
  EXPECT_EQ(store->get({api::Kind::certificate, "shop", "a"}).value().meta.generation, 1);
}

}  // namespace
}  // namespace certloop::store
