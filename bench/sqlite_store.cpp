// What the embedded store costs: writes that are on the disk when they return, reads, and a listing
// of as many objects as a large estate has, with the memory that it takes.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <stdlib.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/seal.h"
#include "store/sqlite_store.h"

namespace {

using namespace certloop;
using store::SqliteStore;

// A certificate as large as they usually are: about 1 KiB of spec and status.
api::Object certificate(int number) {
  api::Object object;
  object.kind = api::Kind::certificate;
  object.meta.space = "shop";
  object.meta.name = "certificate-" + std::to_string(number);
  object.meta.labels = {{"team", "shop"}, {"stage", "prod"}};
  object.body = api::Document::from_canonical(
      R"({"spec":{"accountRef":{"name":"prod"},"additionalNames":["www.shop.example.com",)"
      R"("api.shop.example.com"],"domainName":"shop.example.com","issuer":{"amazon":{}},)"
      R"("keyAlgorithm":"EC_prime256v1","region":"us-east-1","tags":{"cost":"4711",)"
      R"("team":"shop"}}})");
  return object;
}

api::Document status(int number) {
  const std::string condition =
      R"({"lastTransitionTime":"2026-11-21T02:03:04Z","message":"It is issued and delivered.",)"
      R"("observedGeneration":1,"reason":"Issued","status":"True","type":)";
  return api::Document::from_canonical(
      R"({"arn":"arn:aws:acm:us-east-1:123456789012:certificate/0123","conditions":[)" + condition +
      R"("InSync"},)" + condition + R"("Issued"},)" + condition + R"("Ready"}],"failedAttempts":)" +
      std::to_string(number) + R"(,"notAfter":"2027-11-21T02:03:04Z","observedGeneration":1})");
}

// A store in a directory of its own: on the disk that TMPDIR names, or /tmp; or in memory.
class Place {
 public:
  explicit Place(bool in_memory = false) {
    const std::filesystem::path base =
        in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (base / "bench-store-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
    std::vector<Secret> keys;
    keys.emplace_back(random_.bytes(store::AesSealer::kKeySize));
    store_ = SqliteStore::open(directory_ / "state",
                               {.clock = clock_,
                                .random = random_,
                                .sealer = store::AesSealer::make(std::move(keys), random_).value()})
                 .value();
  }
  ~Place() {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  SqliteStore& store() { return *store_; }

  // Holds this many certificates with a status.
  void fill(int count) {
    for (; count_ < count; ++count_) {
      api::Object object = certificate(count_);
      object.status = status(count_);
      store_->create(object).value();
    }
  }

 private:
  std::filesystem::path directory_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<SqliteStore> store_;
  int count_ = 0;
};

// Shared by the benchmarks that only read, and in memory: reads find the system's cache warm
// anyway, and filling it would wait for the disk 100,000 times.
Place& filled(int count) {
  static Place place(true);
  place.fill(count);
  return place;
}

// What the program has allocated and not freed.
double allocated_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

// As many threads as act at once: they share the syncs of the disk.
void create(benchmark::State& state) {
  static std::unique_ptr<Place> place;
  static std::atomic<int> number;
  if (state.thread_index() == 0) place = std::make_unique<Place>();
  for (auto _ : state) place->store().create(certificate(number++)).value();
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) place.reset();
}

void get(benchmark::State& state) {
  Place& place = filled(10'000);
  int number = 0;
  for (auto _ : state) {
    const api::Key key = certificate(number++ % 10'000).key();
    benchmark::DoNotOptimize(place.store().get(key).value());
  }
  state.SetItemsProcessed(state.iterations());
}

void update_status(benchmark::State& state) {
  Place place;
  api::Object seen = place.store().create(certificate(0)).value();
  int number = 0;
  for (auto _ : state) {
    seen.status = status(++number);
    seen = place.store().update_status(seen).value();
  }
  state.SetItemsProcessed(state.iterations());
}

void apply_unchanged(benchmark::State& state) {
  Place place;
  place.store().apply(certificate(0), {}).value();
  for (auto _ : state) benchmark::DoNotOptimize(place.store().apply(certificate(0), {}).value());
  state.SetItemsProcessed(state.iterations());
}

void list(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  Place& place = filled(count);
  double grown = 0;
  for (auto _ : state) {
    const double before = allocated_bytes();
    const store::Listing listing = place.store().list({}).value();
    if (listing.objects.size() != static_cast<std::size_t>(count)) std::abort();
    grown = allocated_bytes() - before;
  }
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["KiB_per_object"] = grown / 1024 / count;
}

void poll_without_news(benchmark::State& state) {
  Place& place = filled(10'000);
  const auto watch =
      place.store().watch(api::Kind::certificate, place.store().list({}).value().version).value();
  for (auto _ : state) benchmark::DoNotOptimize(watch->poll().value());
}

BENCHMARK(create)->Threads(1)->Threads(16)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(update_status)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(apply_unchanged)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(get)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(poll_without_news)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(list)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
