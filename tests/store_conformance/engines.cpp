#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/clock.h"
#include "base/random.h"
#include "store/seal.h"
#include "store/sqlite_store.h"
#include "store_conformance.h"

namespace certloop::store {
namespace {

class SqlitePlace final : public Place {
 public:
  SqlitePlace() {
    std::string name = testing::TempDir() + "/store-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
  }
  ~SqlitePlace() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<Store> open() override {
    std::vector<Secret> keys;
    keys.emplace_back(std::string(AesSealer::kKeySize, 'k'));
    SqliteStore::Options options{.clock = clock_, .random = random_, .sealer = nullptr};
    options.sealer = AesSealer::make(std::move(keys), random_).value();
    options.log_length = 200;
    auto store = SqliteStore::open(directory_ / "state", std::move(options));
    if (!store) throw std::runtime_error(store.error().message());
    return std::move(store).value();
  }
  Time now() const override { return clock_.now(); }
  int forgets_after() const override { return 300; }

 private:
  std::filesystem::path directory_;
  SimClock clock_{Time(std::chrono::sys_days{std::chrono::year{2026} / 11 / 21})};
  SystemRandom random_;
};

}  // namespace

std::vector<Engine> engines() {
  return {{"sqlite", [] { return std::make_unique<SqlitePlace>(); }}};
}

}  // namespace certloop::store
