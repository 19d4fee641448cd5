#include "store/sqlite_store.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/text.h"
#include "store/mask.h"
#include "store/sqlite.h"
#include "store/state_directory.h"
#include "store_fixture.h"

namespace certloop::store {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class SqliteStoreTest : public StoreTest {
 protected:
  Code refusal() {
    const auto store = try_open(options());
    return store ? Code::cancelled : store.error().code();
  }
};

const api::Object kCertificate = object(api::Kind::certificate, "a", R"({"spec":{"x":1}})");
const api::Key kSecretKey{api::Kind::secret, "shop", "s"};

TEST_F(SqliteStoreTest, TheDirectoryAndItsFilesAreOursAlone) {
  umask(0);
  const auto store = open();
  store->create(kCertificate).value();
  EXPECT_EQ(fs::status(state_directory()).permissions(), fs::perms::owner_all);
  int files = 0;
  for (const auto& entry : fs::directory_iterator(state_directory())) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
        << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3) << "database, write-ahead log, shared memory";
  umask(022);
}

TEST_F(SqliteStoreTest, TheDatabaseIsSafeAgainstPowerLossAndForgetsWhatIsDeleted) {
  const auto store = open();
  EXPECT_EQ(sql("PRAGMA journal_mode"), "wal");
  auto connection = Connection::open((fs::canonical(state_directory()) / "certloop.db").string());
  ASSERT_TRUE(connection.ok());
  const auto setting = [&](const char* pragma) {
    auto statement = connection->prepare(pragma);
    EXPECT_TRUE(statement->step().value());
    return statement->integer(0);
  };
  EXPECT_EQ(setting("PRAGMA synchronous"), 2) << "FULL";
  EXPECT_EQ(setting("PRAGMA secure_delete"), 1);
  EXPECT_EQ(setting("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(setting("PRAGMA busy_timeout"), 10'000);
}

TEST_F(SqliteStoreTest, AStateThatOthersMayOpenIsRefused) {
  open();
  for (const mode_t mode : {0755, 0750, 0701}) {
    chmod(state_directory().c_str(), mode);
    const auto refused = try_open(options());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::denied);
    EXPECT_NE(refused.error().message().find("chmod 700"), std::string::npos);
  }
  chmod(state_directory().c_str(), 0700);
  chmod((state_directory() / "certloop.db").c_str(), 0644);
  EXPECT_EQ(refusal(), Code::denied);
  chmod((state_directory() / "certloop.db").c_str(), 0600);
  EXPECT_TRUE(try_open(options()).ok());
}

TEST_F(SqliteStoreTest, LinksOutOfTheStateAreRefused) {
  open();
  std::ofstream(directory_ / "outside") << "x";
  fs::create_symlink(directory_ / "outside", state_directory() / "link");
  EXPECT_EQ(refusal(), Code::invalid);
  fs::remove(state_directory() / "link");
  fs::create_symlink("store.lock", state_directory() / "inside");
  EXPECT_TRUE(try_open(options()).ok()) << "a link inside is harmless";
}

TEST_F(SqliteStoreTest, ADatabaseThatIsALinkIsRefused) {
  fs::create_directory(state_directory());
  chmod(state_directory().c_str(), 0700);
  fs::create_symlink(directory_ / "elsewhere.db", state_directory() / "certloop.db");
  EXPECT_EQ(refusal(), Code::invalid);
  EXPECT_FALSE(fs::exists(directory_ / "elsewhere.db"));
}

TEST_F(SqliteStoreTest, AStateDirectoryReachedThroughALinkIsFine) {
  fs::create_directory(directory_ / "real");
  fs::create_symlink(directory_ / "real", directory_ / "alias");
  EXPECT_TRUE(SqliteStore::open(directory_ / "alias" / "state", options()).ok());
}

TEST_F(SqliteStoreTest, AFileInPlaceOfTheDirectoryIsRefused) {
  std::ofstream(state_directory()) << "x";
  EXPECT_EQ(refusal(), Code::invalid);
}

TEST_F(SqliteStoreTest, NetworkFileSystemsAreKnownByTheirNumbers) {
  // Source: statfs(2).
  EXPECT_EQ(network_file_system(0x6969), "NFS");
  EXPECT_EQ(network_file_system(0x517B), "SMB");
  EXPECT_EQ(network_file_system(0xFE534D42), "SMB2");
  EXPECT_EQ(network_file_system(0xFF534D42), "CIFS");
  EXPECT_EQ(network_file_system(0xEF53), std::nullopt) << "ext4";
  EXPECT_EQ(network_file_system(0x01021994), std::nullopt) << "tmpfs";
}

TEST_F(SqliteStoreTest, OpeningWithoutMakingMakesNothing) {
  SqliteStore::Options look = options();
  look.make = false;
  const auto absent = try_open(std::move(look));
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().code(), Code::not_found);
  EXPECT_NE(absent.error().message().find(state_directory().string()), std::string::npos);
  EXPECT_FALSE(fs::exists(state_directory()));
}

TEST_F(SqliteStoreTest, AStateOfANewerProgramIsRefused) {
  open();
  sql("PRAGMA user_version = 99");
  const auto refused = try_open(options());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_NE(refused.error().message().find("newer"), std::string::npos);
}

TEST_F(SqliteStoreTest, ADamagedFileIsInternalAndNamed) {
  open();
  std::ofstream(state_directory() / "certloop.db", std::ios::binary) << std::string(8192, 'x');
  const auto refused = try_open(options());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::internal);
  EXPECT_NE(refused.error().message().find("certloop.db"), std::string::npos);
}

TEST_F(SqliteStoreTest, NoFileEverHoldsASecretInThePlain) {  // S2
  const std::string canary = "canary-4711", other = "canary-0815";
  api::Object secret =
      object(api::Kind::secret, "s", json{{"data", {{"password", to_base64(canary)}}}}.dump());
  secret.meta.annotations = {{"last", canary}};
  secret.meta.labels = {{"label", "canary-label"}};
  const auto nowhere = [&](const char* when) {
    int files = 0;
    for (const auto& entry : fs::directory_iterator(state_directory())) {
      const std::string content = content_of(entry.path());
      for (const std::string& needle :
           {canary, other, to_base64(canary), to_base64(other), std::string("canary-label")})
        EXPECT_EQ(content.find(needle), std::string::npos) << when << ": " << entry.path();
      ++files;
    }
    EXPECT_GE(files, 2) << when;
  };
  {
    const auto store = open();
    store->apply(secret, {.manager = "one"}).value();
    nowhere("applied");
    api::Object seen = store->get(kSecretKey).value();
    EXPECT_EQ(seen.meta.annotations.at("last"), canary);
    seen.status = document(json{{"note", canary}}.dump());
    seen = store->update_status(seen).value();
    seen.meta.annotations["last"] = other;
    seen = store->edit_metadata(seen).value();
    nowhere("edited");
    Selector selector{.kind = api::Kind::secret, .labels = "label=canary-label"};
    EXPECT_EQ(store->list(selector).value().objects.size(), 1u)
        << "labels can still be selected by";
    store->remove(kSecretKey, {}).value();
    nowhere("removed");
  }
  nowhere("closed");
}

TEST_F(SqliteStoreTest, ThePlainCanaryWouldBeFound) {
  // The search above finds what is not sealed: labels of another kind.
  const auto store = open();
  api::Object plain = kCertificate;
  plain.meta.labels = {{"label", "canary-label"}};
  store->create(plain).value();
  bool found = false;
  for (const auto& entry : fs::directory_iterator(state_directory()))
    found |= content_of(entry.path()).find("canary-label") != std::string::npos;
  EXPECT_TRUE(found);
}

TEST_F(SqliteStoreTest, ASecretCannotBeMovedToAnotherRow) {
  const auto store = open();
  store->create(object(api::Kind::secret, "s", R"({"data":{"a":"eA=="}})")).value();
  store->create(object(api::Kind::secret, "t", R"({"data":{"a":"eQ=="}})")).value();
  sql("DROP TRIGGER objects_update;"
      "UPDATE objects SET body = (SELECT body FROM objects WHERE name = 't') WHERE name = 's'");
  const auto moved = store->get(kSecretKey);
  ASSERT_FALSE(moved.ok());
  EXPECT_EQ(moved.error().code(), Code::internal);
}

TEST_F(SqliteStoreTest, AnOldStateOfASecretCannotBePutBack) {
  const auto store = open();
  api::Object seen =
      store->create(object(api::Kind::secret, "s", R"({"data":{"a":"eA=="}})")).value();
  seen.status = document(R"({"x":1})");
  store->update_status(seen).value();
  sql("DROP TRIGGER objects_update;"
      "UPDATE objects SET body = (SELECT body FROM changes ORDER BY version LIMIT 1)");
  EXPECT_FALSE(store->get(kSecretKey).ok());
}

TEST_F(SqliteStoreTest, AnUnknownKeyStopsTheOpening) {
  open()->create(object(api::Kind::secret, "s", R"({"data":{"a":"eA=="}})")).value();
  SqliteStore::Options wrong = options();
  wrong.sealer = sealer("x");
  const auto refused = try_open(std::move(wrong));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_NE(refused.error().message().find(sealer("k")->key_id()), std::string::npos);
}

TEST_F(SqliteStoreTest, RekeySealsEverythingWithTheNewKey) {
  const api::Object kept =
      open()->create(object(api::Kind::secret, "s", R"({"data":{"a":"eA=="}})")).value();
  {
    SqliteStore::Options both = options();
    both.sealer = sealer("nk");
    const auto store = try_open(std::move(both)).value();
    EXPECT_EQ(store->rekey().value(), 2u) << "the object and its entry in the log";
    EXPECT_EQ(store->rekey().value(), 0u);
    EXPECT_EQ(store->get(kSecretKey).value(), kept) << "no version moved";
  }
  SqliteStore::Options fresh = options();
  fresh.sealer = sealer("n");
  const auto store = try_open(std::move(fresh)).value();
  EXPECT_EQ(store->get(kSecretKey).value(), kept);
  EXPECT_EQ(store->watch(api::Kind::secret, "0").value()->poll().value().size(), 1u);
  EXPECT_EQ(refusal(), Code::invalid) << "the old key opens nothing any more";
}

TEST_F(SqliteStoreTest, AMaskThatIsAppliedBackKeepsTheValueAndTheVersion) {
  const auto store = open();
  const api::Object live =
      store->apply(object(api::Kind::secret, "s", R"({"data":{"a":"eA=="}})"), {.manager = "one"})
          .value();
  EXPECT_EQ(store->apply(masked(live), {.manager = "one"}).value(), live);
  EXPECT_EQ(store->edit_metadata(masked(live)).value(), live);
  const auto refused = store->create(object(api::Kind::secret, "t", R"({"data":{"a":"***"}})"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
}

TEST_F(SqliteStoreTest, EveryNewBodyPassesAdmission) {
  SqliteStore::Options strict = options();
  strict.admission = [](api::Object wanted, const api::Object* old) -> Result<api::Object> {
    json body = json::parse(wanted.body.text());
    if (!body["spec"].contains("region")) return Error(Code::invalid, "spec.region is missing");
    if (old != nullptr && json::parse(old->body.text())["spec"]["region"] != body["spec"]["region"])
      return Error(Code::invalid, "spec.region cannot change");
    body["spec"].emplace("enabled", true);
    wanted.body = api::Document::from_canonical(body.dump());
    wanted.meta.uid = "forged";
    return wanted;
  };
  const auto store = try_open(std::move(strict)).value();
  const auto account = [](const char* spec) {
    return object(api::Kind::account, "a", std::string(R"({"spec":)") + spec + "}");
  };
  const ApplyOptions one{.manager = "one"};
  EXPECT_EQ(store->apply(account("{}"), one).error().code(), Code::invalid);
  EXPECT_EQ(store->create(account("{}")).error().code(), Code::invalid);
  const api::Object first = store->apply(account(R"({"region":"r1"})"), one).value();
  EXPECT_EQ(first.body.text(), R"({"spec":{"enabled":true,"region":"r1"}})");  // S6
  EXPECT_NE(first.meta.uid, "forged");
  EXPECT_EQ(store->apply(account(R"({"region":"r1"})"), one).value(), first)
      << "defaults make no difference";
  EXPECT_EQ(store->apply(account(R"({"region":"r2"})"), one).error().code(), Code::invalid);
  EXPECT_EQ(store->get(first.key()).value(), first);
  api::Object off = store->apply(account(R"({"region":"r1","enabled":false})"), one).value();
  EXPECT_EQ(off.meta.generation, 2);
  off = store->apply(account(R"({"region":"r1"})"), one).value();
  EXPECT_EQ(off.body, first.body) << "a default comes back when nobody wants otherwise";
}

TEST_F(SqliteStoreTest, WritesThatShareATransactionFailAndThrowAlone) {
  SqliteStore::Options strict = options();
  strict.admission = [](api::Object wanted, const api::Object*) -> Result<api::Object> {
    if (wanted.meta.name.starts_with("invalid")) return Error(Code::invalid, "no");
    if (wanted.meta.name.starts_with("throws")) throw std::runtime_error(wanted.meta.name);
    return wanted;
  };
  const auto store = try_open(std::move(strict)).value();
  constexpr int kThreads = 8, kTimes = 30;
  std::atomic<int> made = 0, refused = 0, thrown = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kTimes; ++i) {
          const char* prefix = i % 3 == 0 ? "good" : i % 3 == 1 ? "invalid" : "throws";
          const std::string name = prefix + std::to_string(thread) + "-" + std::to_string(i);
          try {
            const auto result = store->create(object(api::Kind::certificate, name, "{}"));
            ++(result ? made : refused);
          } catch (const std::runtime_error& error) {
            if (error.what() == name) ++thrown;
          }
        }
      });
  }
  EXPECT_EQ(made, kThreads * kTimes / 3);
  EXPECT_EQ(refused, kThreads * kTimes / 3);
  EXPECT_EQ(thrown, kThreads * kTimes / 3);
  EXPECT_EQ(store->list({}).value().objects.size(), static_cast<std::size_t>(made.load()));
  EXPECT_EQ(store->watch(api::Kind::certificate, "0").value()->poll().value().size(),
            static_cast<std::size_t>(made.load()));
}

TEST_F(SqliteStoreTest, AFullDiskIsUnavailableAndLeavesTheStoreWhole) {
  const auto store = open();
  const api::Object kept = store->create(kCertificate).value();
  // The system's limit on the size of a file stands for the end of the disk.
  const auto big = [](int number) {
    return object(api::Kind::certificate, "big" + std::to_string(number),
                  json{{"spec", {{"x", std::string(200'000, 'x')}}}}.dump());
  };
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1'000'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  int made = 0;
  Result<api::Object> last = kept;
  for (int i = 0; i < 20 && last.ok(); ++i) {
    last = store->create(big(i));
    if (last) ++made;
  }
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(last.ok());
  EXPECT_EQ(last.error().code(), Code::unavailable) << last.error().message();
  EXPECT_EQ(store->list({}).value().objects.size(), static_cast<std::size_t>(made) + 1);
  EXPECT_EQ(store->get(kept.key()).value(), kept);
  EXPECT_TRUE(store->create(big(99)).ok()) << "room again";
  EXPECT_EQ(sql("PRAGMA integrity_check"), "ok");
}

TEST_F(SqliteStoreTest, ObjectsAreAtMost256KiB) {
  const auto store = open();
  const auto big = [](std::size_t size) {
    return object(api::Kind::certificate, "a",
                  json{{"spec", {{"x", std::string(size, 'x')}}}}.dump());
  };
  const auto refused = store->apply(big(256 * 1024), {.manager = "one"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_EQ(refused.error().reason(), kObjectTooLarge);
  EXPECT_NE(refused.error().message().find("256"), std::string::npos);
  EXPECT_TRUE(store->apply(big(255 * 1024), {.manager = "one"}).ok());
}

TEST_F(SqliteStoreTest, TheLogIsBounded) {
  SqliteStore::Options small = options();
  small.log_length = 10;
  const auto store = try_open(std::move(small)).value();
  api::Object seen = store->create(kCertificate).value();
  for (int i = 0; i < 300; ++i) {
    seen.status = document(json{{"n", i}}.dump());
    seen = store->update_status(seen).value();
  }
  EXPECT_LE(std::stoi(sql("SELECT count(*) FROM changes")), 10 + 64);
  EXPECT_GE(std::stoi(sql("SELECT count(*) FROM changes")), 10);
  auto watch =
      store->watch(api::Kind::certificate, std::to_string(std::stoi(seen.meta.version) - 10));
  ASSERT_TRUE(watch.ok()) << "the newest ten are always there";
  EXPECT_EQ((*watch)->poll().value().size(), 10u);
}

TEST_F(SqliteStoreTest, AWatchOutlivesItsStore) {
  auto store = open();
  auto watch = store->watch(api::Kind::certificate, "0").value();
  store->create(kCertificate).value();
  store.reset();
  EXPECT_EQ(watch->poll().value().size(), 1u);
}

TEST_F(SqliteStoreTest, AWatchFromTheFutureIsAConflict) {
  // As after a backup was restored.
  EXPECT_EQ(open()->watch(api::Kind::certificate, "12").error().code(), Code::conflict);
}

TEST_F(SqliteStoreTest, TimesAreWholeSeconds) {
  clock_.advance(std::chrono::milliseconds(1234));
  const api::Object created = open()->create(kCertificate).value();
  EXPECT_EQ(created.meta.created, std::chrono::floor<std::chrono::seconds>(clock_.now()));
  EXPECT_EQ(api::from_json(api::to_json(created)).value().meta.created, created.meta.created);
}

TEST_F(SqliteStoreTest, TheNameIsTheDirectory) {
  const auto store = open();
  EXPECT_EQ(store->name(), fs::canonical(state_directory()).string());
}

TEST_F(SqliteStoreTest, OddNamesAndValuesComeBackAsTheyWere) {
  const auto store = open();
  api::Object odd = object(api::Kind::certificate, "it's; DROP TABLE objects; --",
                           R"({"spec":{"text":"\u0000 \"quoted\" \ud83d\udd11 \\ \n"}})");
  odd.meta.annotations = {{"quote'\"", "line\nbreak \xc3\xa9"}};
  const api::Object created = store->create(odd).value();
  EXPECT_EQ(store->get(odd.key()).value(), created);
  EXPECT_EQ(created.body, odd.body);
}

}  // namespace
}  // namespace certloop::store
