// What one signature costs, for the two calls that a comparison makes: canonical request, the
// derived key and five HMACs, everything but the sending.
#include "aws/sigv4.h"

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace certloop;

const Time kNoon =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours(12);

net::HttpRequest request_of(const std::string& service, const std::string& target,
                            std::string body) {
  net::HttpRequest request;
  request.method = "POST";
  request.url = net::Url::parse("https://" + service + ".us-east-1.amazonaws.com/").value();
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", target}};
  request.body = std::move(body);
  return request;
}

void measure(benchmark::State& state, const net::HttpRequest& request, const std::string& service) {
  const aws::Credentials credentials{"AKIAIOSFODNN7EXAMPLE",
                                     Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                                     Secret(std::string(400, 't')),
                                     {}};
  Time now = kNoon;
  for (auto _ : state) {
    now += std::chrono::seconds(1);
    benchmark::DoNotOptimize(aws::sign(request, credentials, {"us-east-1", service}, now));
  }
  state.SetItemsProcessed(state.iterations());
}

void sign_search_certificates(benchmark::State& state) {
  measure(state,
          request_of("acm", "CertificateManager.SearchCertificates",
                     R"({"MaxResults":500,"NextToken":")" + std::string(200, 'n') + R"("})"),
          "acm");
}
BENCHMARK(sign_search_certificates)->Unit(benchmark::kMicrosecond);

// With a certificate, its key and its chain: the largest body there usually is.
void sign_import_certificate(benchmark::State& state) {
  measure(state,
          request_of("acm", "CertificateManager.ImportCertificate",
                     R"({"Certificate":")" + std::string(8000, 'Q') + R"("})"),
          "acm");
}
BENCHMARK(sign_import_certificate)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
