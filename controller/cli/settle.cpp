#include "cli/settle.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "cli/progress.h"

namespace certloop::cli {
namespace {

using State = ReconcileResult::State;

// "certificate.certloop.dev/shop is ready: issued, expires 2027-02-01"
std::string sentence(const api::Key& key, const std::string& what, const std::string& message) {
  std::string text = resource_of(key) + ' ' + what;
  if (!message.empty()) text += ": " + message;
  return printable(text) + '\n';
}

}  // namespace

int settle(store::Store& store, const std::vector<api::Key>& keys, const SettleOptions& options,
           Session& session) {
  if (keys.empty() && options.users.empty()) return kDone;
  ProgressLine line(session);
  ReconcileRequest request;
  request.keys = keys;
  request.keys.insert(request.keys.end(), options.users.begin(), options.users.end());
  const std::set<api::Key> users(options.users.begin(), options.users.end());
  request.look_afresh = options.look_afresh;
  request.timeout = options.timeout;
  request.engine = options.engine;
  request.progress = [&](const Progress& progress) { line.show(progress); };
  const auto result = session.program().reconcile(store, request);
  line.clear();
  if (!result) return session.fail(result.error());
  int code = kDone;
  const auto is_gone_as_wished = [&](const api::Key& key, const auto& outcome) {
    return outcome.state == State::gone && options.going.contains(key);
  };
  for (const api::Key& key : request.keys) {
    const auto found = result->outcomes.find(key);
    const ReconcileResult::Outcome outcome =
        found == result->outcomes.end() ? ReconcileResult::Outcome{} : found->second;
    switch (outcome.state) {
      case State::ready:
        if (!options.quiet && !users.contains(key))
          session.out() << sentence(key, "is ready", outcome.message);
        break;
      case State::gone:
        if (is_gone_as_wished(key, outcome))
          session.out() << sentence(key, "deleted", "");
        else
          session.err() << sentence(key, "was deleted meanwhile", "");
        break;
      case State::stalled: session.err() << sentence(key, "is stalled", outcome.message); break;
      case State::pending:
        session.err() << sentence(key, "is not ready yet", outcome.message);
        break;
    }
    if (outcome.state != State::ready && !is_gone_as_wished(key, outcome)) code = kNotReady;
  }
  if (code == kDone && !users.empty() && !options.quiet)
    session.out() << (users.size() == 1
                          ? "1 object that uses what was applied is ready\n"
                          : fmt::format("{} objects that use what was applied are ready\n",
                                        users.size()));
  return code;
}

}  // namespace certloop::cli
