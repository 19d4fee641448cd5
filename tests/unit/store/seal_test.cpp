#include "store/seal.h"

#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "base/text.h"
#include "store/seal_key.h"
#include "store_fixture.h"

namespace certloop::store {
namespace {

namespace fs = std::filesystem;

constexpr SealPlace kPlace{"Secret", "shop", "db", "uid-1", "body", "7"};

class SealTest : public StoreTest {};

TEST_F(SealTest, OpensWhatItSealed) {
  for (const std::string& plain :
       {std::string(), std::string("x"), std::string("\0\1\2", 3), std::string(100'000, 'a')})
    EXPECT_EQ(sealer()->open(sealer()->seal(plain, kPlace).value(), kPlace).value(), plain);
}

TEST_F(SealTest, HidesTheTextAndNeverRepeatsItself) {
  const std::string plain = "canary-canary-canary";
  const std::string one = sealer()->seal(plain, kPlace).value();
  EXPECT_EQ(one.find("canary"), std::string::npos);
  EXPECT_NE(one, sealer()->seal(plain, kPlace).value());
}

TEST_F(SealTest, OpensOnlyInItsPlace) {
  const std::string sealed = sealer()->seal("secret", kPlace).value();
  for (const SealPlace& other : {SealPlace{"Account", "shop", "db", "uid-1", "body", "7"},
                                 SealPlace{"Secret", "bank", "db", "uid-1", "body", "7"},
                                 SealPlace{"Secret", "shop", "other", "uid-1", "body", "7"},
                                 SealPlace{"Secret", "shop", "db", "uid-2", "body", "7"},
                                 SealPlace{"Secret", "shop", "db", "uid-1", "status", "7"},
                                 SealPlace{"Secret", "shop", "db", "uid-1", "body", "8"},
                                 SealPlace{"Secret", "shop", "db", "uid-1body", "", "7"}}) {
    const auto opened = sealer()->open(sealed, other);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Code::internal);
    EXPECT_EQ(opened.error().message().find("secret"), opened.error().message().npos);
  }
}

TEST_F(SealTest, NoticesEveryChangedByte) {
  const std::string sealed = sealer()->seal("secret", kPlace).value();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(sealer()->open(changed, kPlace).ok()) << i;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(sealer()->open(std::string_view(sealed).substr(0, size), kPlace).ok()) << size;
}

TEST_F(SealTest, OlderKeysOpenAndTheFirstSeals) {
  const std::string old = sealer("a")->seal("secret", kPlace).value();
  EXPECT_EQ(sealer("ba")->open(old, kPlace).value(), "secret");
  const std::string fresh = sealer("ba")->seal("secret", kPlace).value();
  EXPECT_EQ(sealer("b")->open(fresh, kPlace).value(), "secret");
  const auto unknown = sealer("b")->open(old, kPlace);
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message().find(sealer("a")->key_id()), std::string::npos);
}

TEST_F(SealTest, KeysOfAnotherLengthAreRefused) {
  std::vector<Secret> keys;
  EXPECT_FALSE(AesSealer::make({}, random_).ok());
  keys.emplace_back("short");
  EXPECT_EQ(AesSealer::make(std::move(keys), random_).error().code(), Code::invalid);
}

class SealKeyTest : public StoreTest {
 protected:
  fs::path write(const std::string& name, const std::string& content, int mode = 0600) {
    const fs::path path = directory_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    chmod(path.c_str(), static_cast<mode_t>(mode));
    return path;
  }
  Result<std::unique_ptr<Sealer>> open_key(const SealEnvironment& environment) {
    return open_sealer(environment, state_directory(), random_);
  }
  SealEnvironment with_config() {
    SealEnvironment environment;
    environment.config_home = (directory_ / "config").string();
    return environment;
  }
};

TEST_F(SealKeyTest, AKeyFileHoldsBytesOrHexOrBase64) {
  const std::string key(32, 'k');
  for (const std::string& content : {key, to_hex(key), to_hex(key) + "\n", to_base64(key) + "\n",
                                     "\n " + to_base64(key) + " \r\n"}) {
    SealEnvironment environment;
    environment.key_file = write("key", content).string();
    const auto opened = open_key(environment);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    EXPECT_EQ((*opened)->key_id(), sealer()->key_id());
  }
}

TEST_F(SealKeyTest, FurtherLinesAreOlderKeys) {
  SealEnvironment environment;
  environment.key_file =
      write("key", to_base64(std::string(32, 'n')) + "\n" + to_hex(std::string(32, 'k')) + "\n");
  const auto opened = open_key(environment).value();
  EXPECT_EQ(opened->key_id(), sealer("n")->key_id());
  EXPECT_TRUE(opened->knows(sealer("k")->key_id()));
  EXPECT_FALSE(opened->knows(sealer("x")->key_id()));
}

TEST_F(SealKeyTest, AKeyFileThatHoldsNoKeyIsRefusedWithoutShowingIt) {
  for (const char* content : {"", "\n", "canary", "c2hvcnQ=\n"}) {
    SealEnvironment environment;
    environment.key_file = write("key", content).string();
    const auto refused = open_key(environment);
    ASSERT_FALSE(refused.ok()) << content;
    EXPECT_EQ(refused.error().code(), Code::invalid);
    EXPECT_EQ(refused.error().message().find("canary"), std::string::npos);
  }
}

TEST_F(SealKeyTest, AKeyThatOthersMayReadIsRefused) {
  for (const int mode : {0640, 0604, 0620, 0666}) {
    SealEnvironment environment;
    environment.key_file = write("key", std::string(32, 'k'), mode).string();
    const auto refused = open_key(environment);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::denied);
    EXPECT_NE(refused.error().message().find("chmod 600"), std::string::npos);
  }
}

TEST_F(SealKeyTest, AKeyInsideTheStateIsRefused) {
  fs::create_directories(state_directory());
  SealEnvironment environment;
  environment.key_file = write("state/key", std::string(32, 'k')).string();
  EXPECT_EQ(open_key(environment).error().code(), Code::invalid);
  SealEnvironment made;
  made.config_home = state_directory().string();
  EXPECT_EQ(open_key(made).error().code(), Code::invalid);
}

TEST_F(SealKeyTest, AMissingKeyFileIsNeverMade) {
  SealEnvironment environment = with_config();
  environment.key_file = (directory_ / "absent").string();
  EXPECT_EQ(open_key(environment).error().code(), Code::not_found);
  EXPECT_FALSE(fs::exists(directory_ / "absent"));
}

TEST_F(SealKeyTest, TheCredentialComesBeforeTheKeyUnderTheConfiguration) {
  SealEnvironment environment = with_config();
  write("credentials/certloop-seal-key", std::string(32, 'c'), 0440);
  environment.credentials_directory = (directory_ / "credentials").string();
  EXPECT_EQ(open_key(environment).value()->key_id(), sealer("c")->key_id());
  EXPECT_FALSE(fs::exists(directory_ / "config"));
  chmod((directory_ / "credentials/certloop-seal-key").c_str(), 0444);
  EXPECT_EQ(open_key(environment).error().code(), Code::denied);
}

TEST_F(SealKeyTest, AKeyIsMadeOnceAndKept) {
  const std::string id = open_key(with_config()).value()->key_id();
  const fs::path path = directory_ / "config/certloop/certloop-seal-key";
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(path.parent_path()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(open_key(with_config()).value()->key_id(), id);
  EXPECT_EQ(std::distance(fs::directory_iterator(path.parent_path()), {}), 1) << "no drafts left";
}

TEST_F(SealKeyTest, WhoLosesTheRaceReadsTheWinnersKey) {
  std::vector<std::string> ids(8);
  {
    std::vector<std::jthread> threads;
    for (std::string& id : ids)
      threads.emplace_back([&] { id = open_key(with_config()).value()->key_id(); });
  }
  for (const std::string& id : ids) EXPECT_EQ(id, ids[0]);
}

TEST_F(SealKeyTest, WithoutASourceTheRemedyIsNamed) {
  SealEnvironment environment = with_config();
  environment.may_make = false;
  const auto refused = open_key(environment);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_NE(refused.error().message().find("CERTLOOP_SEAL_KEY_FILE"), std::string::npos);
}

TEST_F(SealKeyTest, AKeyInADirectoryThatOthersMayWriteToIsRefused) {
  SealEnvironment environment;
  environment.key_file = write("open/key", std::string(32, 'k')).string();
  for (const int mode : {0720, 0702, 0777, 01777}) {
    chmod((directory_ / "open").c_str(), static_cast<mode_t>(mode));
    const auto refused = open_key(environment);
    ASSERT_FALSE(refused.ok()) << mode;
    EXPECT_EQ(refused.error().code(), Code::denied);
    EXPECT_NE(refused.error().message().find("chmod go-w"), std::string::npos);
  }
  chmod((directory_ / "open").c_str(), 0755);
  EXPECT_TRUE(open_key(environment).ok()) << "others may see that there is a key";
  fs::create_symlink(directory_ / "open" / "key", directory_ / "link");
  chmod((directory_ / "open").c_str(), 0777);
  environment.key_file = (directory_ / "link").string();
  EXPECT_EQ(open_key(environment).error().code(), Code::denied) << "where the file itself lies";
}

TEST_F(SealKeyTest, AKeyOfSomebodyElseIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  SealEnvironment environment;
  const fs::path key = write("theirs/key", std::string(32, 'k'));
  environment.key_file = key.string();
  ASSERT_EQ(chown(key.c_str(), 4711, 4711), 0);
  EXPECT_EQ(open_key(environment).error().code(), Code::denied);
  ASSERT_EQ(chown(key.c_str(), 0, 0), 0);
  ASSERT_EQ(chown(key.parent_path().c_str(), 4711, 4711), 0);
  EXPECT_EQ(open_key(environment).error().code(), Code::denied) << "its directory";
}

TEST_F(SealKeyTest, APipeIsNotWaitedFor) {
  SealEnvironment environment;
  const fs::path pipe = directory_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  environment.key_file = pipe.string();
  EXPECT_EQ(open_key(environment).error().code(), Code::invalid);
}

}  // namespace
}  // namespace certloop::store
