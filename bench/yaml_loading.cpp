// How long it takes to load, check and default specs from YAML: the claim is 100,000 in at most ten
// seconds on one core. The specs stand in memory, as many to a file as given.
#include <benchmark/benchmark.h>

#include <string>

#include "spec/load.h"

namespace certloop {
namespace {

std::string specs(std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string name = "shop-" + std::to_string(i);
    text +=
        "---\napiVersion: certloop.dev/v1alpha1\nkind: Certificate\nmetadata:\n  name: " + name +
        "\n  namespace: payments\n  labels: {team: shop}\nspec:\n  domainName: " + name +
        ".example.com\n  additionalNames: [www." + name + ".example.com, api." + name +
        ".example.com]\n  accountRef: {name: prod}\n  region: us-east-1\n"
        "  issuer:\n    amazon:\n      validation: DNS\n  keyAlgorithm: EC_prime256v1\n"
        "  tags:\n    team: shop\n    stage: production\n  owner: alice\n";
  }
  return text;
}

void load_check_default(benchmark::State& state) {
  const std::string text = specs(state.range(0));
  for (auto _ : state) {
    auto loaded = spec::load_text(text, "specs.yaml", {});
    if (!loaded.ok()) state.SkipWithError(loaded.error().message().c_str());
    benchmark::DoNotOptimize(loaded);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(load_check_default)->Arg(1)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace certloop

BENCHMARK_MAIN();
