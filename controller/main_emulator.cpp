// `certloop emulator`: the emulated AWS behind an HTTP server.
#include <charconv>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "emulator/emulator.h"
#include "emulator/http_server.h"
#include "main_program.h"
#include "store/state_directory.h"

namespace certloop {
namespace {

Error bad_fault(const std::string& text, const std::string& why) {
  return Error(Code::invalid, "--faults " + printable(text) + ": " + why +
                                  "; the form is SERVICE:OPERATION:KIND@WHEN, as in "
                                  "acm:RequestCertificate:drop@1");
}

// acm:RequestCertificate:drop@1, acm::error=ThrottlingException@0.1
Result<emulator::Fault> parse_fault(const std::string& text) {
  using Kind = emulator::Fault::Kind;
  const auto parts = split(text, ':');
  const auto at = text.rfind('@');
  if (parts.size() != 3 || at == std::string::npos) return bad_fault(text, "is incomplete");
  emulator::Fault fault;
  fault.service = parts[0];
  fault.operation = parts[1];
  std::string kind = parts[2].substr(0, parts[2].rfind('@'));
  if (const auto equals = kind.find('='); equals != std::string::npos) {
    fault.error_code = kind.substr(equals + 1);
    kind.resize(equals);
  }
  if (kind == "error")
    fault.kind = Kind::error;
  else if (kind == "drop")
    fault.kind = Kind::drop;
  else if (kind == "crash")
    fault.kind = Kind::crash;
  else if (kind == "lost")
    fault.kind = Kind::lost;
  else
    return bad_fault(text, "the kind is none of error, drop, crash, lost");
  const std::string when = text.substr(at + 1);
  const char* end = when.data() + when.size();
  const bool probable = when.find('.') != std::string::npos;
  const auto read = probable ? std::from_chars(when.data(), end, fault.probability)
                             : std::from_chars(when.data(), end, fault.nth);
  if (read.ec != std::errc() || read.ptr != end)
    return bad_fault(text, "expected a call number or a probability after @");
  return fault;
}

// test=acm-pca:Describe*,acm:ListCertificates. Names of roles may hold "=", actions never do.
Result<std::vector<emulator::Denial>> parse_denials(const std::string& text) {
  const auto equals = text.rfind('=');
  const auto actions = split(equals == std::string::npos ? "" : text.substr(equals + 1), ',');
  std::vector<emulator::Denial> denials;
  for (const std::string& action : actions)
    if (action.find(':') != std::string::npos || action == "*")
      denials.push_back({text.substr(0, equals), action});
  if (equals == 0 || denials.empty() || denials.size() != actions.size())
    return Error(Code::invalid, "--deny " + printable(text) +
                                    ": the form is PRINCIPAL=ACTION,ACTION, as in "
                                    "test=acm-pca:DescribeCertificateAuthority,acm:List*");
  return denials;
}

Result<void> restore(emulator::Emulator& aws, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return {};
  std::ostringstream content;
  content << in.rdbuf();
  return aws.restore(Secret::take(std::move(content).str()));
}

Result<void> save(const emulator::Emulator& aws, const std::string& file) {
  TRY(store::make_private_file(file));
  const Secret dump = aws.dump();
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << dump.reveal();
  out.close();
  if (!out) return Error(Code::unavailable, "--data " + file + ": cannot be written");
  return {};
}

}  // namespace

Result<void> LocalProgram::emulator(const cli::EmulatorRequest& request,
                                    const std::function<void(const std::string& url)>& ready) {
  emulator::EmulatorOptions options;
  options.zones = request.zones;
  options.enforce_rates = request.rates;
  for (const auto& text : request.faults) options.faults.push_back(TRY(parse_fault(text)));
  for (const auto& text : request.denials)
    for (auto& denial : TRY(parse_denials(text))) options.denials.push_back(std::move(denial));
  emulator::HttpServerOptions listen = TRY(emulator::parse_listen(request.listen));
  listen.latency = request.latency;
  emulator::Emulator aws(std::move(options), edges_.clock, edges_.random);
  if (!request.data.empty()) TRY(restore(aws, request.data));
  emulator::HttpServer server([&](const net::HttpRequest& asked) { return aws.handle(asked); },
                              listen);
  TRY(server.start());
  ready(server.url());
  const auto ended = pause_until(edges_.clock, Instant::max(), edges_.stop);
  server.stop();
  if (!request.data.empty()) TRY(save(aws, request.data));
  return ended;
}

}  // namespace certloop
