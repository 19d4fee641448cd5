#include <fmt/format.h>

#include <algorithm>

#include "cli/command.h"
#include "cli/manifests.h"
#include "cli/output.h"
#include "cli/progress.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  ManifestFlags manifests;
  std::string output, policy;
  EngineOptions engine;
  bool trusts_source = false;
};

// "prod" in the namespace of -n, "payments/prod" in its own.
api::Key account_key(const std::string& name, const Session& session) {
  const auto slash = name.find('/');
  if (slash == std::string::npos) return {api::Kind::account, session.space(), name};
  return {api::Kind::account, name.substr(0, slash), name.substr(slash + 1)};
}

// With files: the objects as they would be after `apply`, and their accounts unless some are named.
Result<PreflightRequest> request_for(store::Store& store, const Options& options,
                                     Session& session) {
  PreflightRequest request;
  request.engine = options.engine;
  for (const std::string& name : options.arguments)
    request.accounts.push_back(account_key(name, session));
  if (options.manifests.paths.empty()) return request;
  for (const api::Object& object : TRY(load(options.manifests, options.engine, session))) {
    if (object.kind == api::Kind::account && options.arguments.empty())
      request.accounts.push_back(object.key());
    request.wanted.push_back(TRY(store.apply(object, {.dry_run = true})));
  }
  if (!options.trusts_source) request.engine.not_called = TRY(not_called(store, request.wanted));
  if (request.accounts.empty())
    return Error(Code::invalid,
                 "no Account in the files; name one, for example 'certloop preflight prod "
                 "-f FILE'");
  return request;
}

int print_policy(Session& session, store::Store& store, const Options& options,
                 PreflightRequest request) {
  if (options.policy == "member" || options.policy == "trust")
    return session.usage(fmt::format(
        "--policy={} belongs to scope Organization, which is not built yet in this version",
        options.policy));
  if (options.policy != "management" && options.policy != "read-only")
    return session.usage(fmt::format(
        "--policy: '{}' is not one of management, read-only, member, trust", options.policy));
  if (request.accounts.size() > 1)
    return session.usage("--policy prints the document of one account; name it");
  PolicyRequest policy{std::move(request.wanted), {}, options.policy == "read-only"};
  if (!request.accounts.empty()) policy.account = request.accounts.front();
  const auto document = session.program().policy(store, policy);
  if (!document) return session.fail(document.error());
  session.out() << *document;
  return kDone;
}

int preflight(Session& session, const Options& options) {
  const auto format = parse_format(options.output);
  if (!format) return session.fail(format.error());
  // Where files bring the Accounts and there is no state, everything is new.
  auto store = options.manifests.paths.empty() ? session.open_to_read()
                                               : session.open(StoreOptions::Missing::empty);
  if (!store) return session.fail(store.error());
  auto request = request_for(**store, options, session);
  if (!request) return session.fail(request.error());
  if (!options.policy.empty()) return print_policy(session, **store, options, std::move(*request));
  if (request->accounts.empty())
    return session.usage("name an Account, or a file containing one with -f");
  ProgressLine line(session);
  request->progress = [&](const Progress& progress) { line.show(progress); };
  const auto found = session.program().preflight(**store, *request);
  line.clear();
  if (!found) return session.fail(found.error());
  session.out() << report::render(*found, *format, session.layout());
  return static_cast<int>(report::exit_of(*found));
}

}  // namespace

Command preflight_command() {
  auto options = std::make_shared<Options>();
  return {
      "preflight",
      "Say which permissions an account has and lacks.",
      "preflight ACCOUNT... | -f FILE [flags]",
      "Lists every permission that the specs of an account need, and whether AWS gives it to the "
      "account's\ncredentials. Where no spec refers to the account yet, everything that certloop "
      "can call. Nothing is\never changed.\n\nIAM's policy simulator tells (HOW: simulated). It "
      "needs iam:SimulatePrincipalPolicy; without that,\ncalls that read one thing at most tell "
      "about the permissions to read (HOW: tried), and those to\nchange something stay unknown. "
      "Policies of a session, and of resources of other accounts, are not\nseen by the "
      "simulator.\n\nAccounts that are new or changed in the files of -f are not called without "
      "--trust-source: what\nthey may do stays unknown.\n\n--policy prints an IAM policy document "
      "that allows just these: management "
      "for all of it, read-only\nfor what changes nothing.\n\nExit codes: 0 all are allowed, 1 a "
      "needed one is denied, 3 a needed one is unknown.",
      "# what does the account lack?\n"
      "certloop preflight prod\n"
      "# before anything is applied\n"
      "certloop preflight -f specs/ --trust-source\n"
      "# the policy to attach to the user or role\n"
      "certloop preflight prod --policy=management",
      [options](Flags& flags) {
        flags.arguments(options->arguments);
        options->manifests.declare(flags);
        flags.text("-o,--output", options->output, "FORMAT",
                   "table, wide, json or yaml; default: table.");
        flags.text("--policy", options->policy, "KIND",
                   "Print an IAM policy document instead: management or read-only.");
        declare_trust(flags, options->trusts_source);
        declare_engine(flags, options->engine);
      },
      [options](Session& session) { return preflight(session, *options); }};
}

}  // namespace certloop::cli
