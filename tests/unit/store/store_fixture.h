#pragma once
// A directory for one test, and embedded stores in it.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/seal.h"
#include "store/sqlite_store.h"

namespace certloop::store {

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string name = testing::TempDir() + "/store-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
  }
  ~StoreTest() override { std::filesystem::remove_all(directory_); }

  // A key of 32 equal letters; the first seals.
  std::shared_ptr<const Sealer> sealer(const std::string& letters = "k") {
    std::vector<Secret> keys;
    for (const char letter : letters) keys.emplace_back(std::string(AesSealer::kKeySize, letter));
    return AesSealer::make(std::move(keys), random_).value();
  }
  SqliteStore::Options options() {
    return {.clock = clock_, .random = random_, .sealer = sealer()};
  }
  Result<std::unique_ptr<SqliteStore>> try_open(SqliteStore::Options options) {
    return SqliteStore::open(state_directory(), std::move(options));
  }
  std::unique_ptr<SqliteStore> open() {
    auto store = try_open(options());
    if (!store) throw std::runtime_error(store.error().message());
    return std::move(store).value();
  }
  std::filesystem::path state_directory() const { return directory_ / "state"; }

  // Runs SQL behind the store's back; answers the first column of the last row.
  std::string sql(const std::string& statements) {
    sqlite3* database = nullptr;
    sqlite3_open((state_directory() / "certloop.db").c_str(), &database);
    std::string answer;
    char* message = nullptr;
    sqlite3_exec(
        database, statements.c_str(),
        [](void* to, int, char** values, char**) {
          *static_cast<std::string*>(to) = values[0] != nullptr ? values[0] : "";
          return 0;
        },
        &answer, &message);
    if (message != nullptr) answer = std::string("error: ") + message;
    sqlite3_free(message);
    sqlite3_close(database);
    return answer;
  }

  std::filesystem::path directory_;
  SimClock clock_{Time(std::chrono::sys_days{std::chrono::year{2026} / 11 / 21})};
  SystemRandom random_;
};

inline api::Document document(const std::string& text) {
  return api::Document::from_canonical(nlohmann::json::parse(text).dump());
}

inline api::Object object(api::Kind kind, const std::string& name, const std::string& body) {
  api::Object made;
  made.kind = kind;
  made.meta.space = "shop";
  made.meta.name = name;
  made.body = document(body);
  return made;
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace certloop::store
