#include <fmt/format.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  std::string account, region, output;
  EngineOptions engine;
};

// Error: invalid, naming what there is.
Result<ChoicesRequest::Subject> subject_of(const std::vector<std::string>& arguments) {
  const std::string word = arguments.size() == 1 ? arguments.front() : "";
  if (word == "authorities") return ChoicesRequest::Subject::authorities;
  if (word == "certificates") return ChoicesRequest::Subject::certificates;
  if (word == "reasons" || word == "actions")
    return Error(Code::invalid,
                 fmt::format("'{}' is not built yet in this version: it belongs to signature "
                             "requests, which have no kind yet",
                             word));
  return Error(Code::invalid, "say what is to be chosen: authorities or certificates");
}

int choices(Session& session, const Options& options) {
  const auto format = parse_format(options.output);
  if (!format) return session.fail(format.error());
  const auto subject = subject_of(options.arguments);
  if (!subject) return session.fail(subject.error());
  if (options.account.empty()) return session.usage("--account is missing: name an Account");
  if (options.region.empty())
    return session.usage("--region is missing: name one of the account's regions");
  auto store = session.open_to_read();
  if (!store) return session.fail(store.error());
  ChoicesRequest request;
  request.subject = *subject;
  const auto slash = options.account.find('/');
  request.account = slash == std::string::npos
                        ? api::Key{api::Kind::account, session.space(), options.account}
                        : api::Key{api::Kind::account, options.account.substr(0, slash),
                                   options.account.substr(slash + 1)};
  request.region = options.region;
  request.space = session.space();
  request.engine = options.engine;
  const auto found = session.program().choices(**store, request);
  if (!found) return session.fail(found.error());
  session.out() << report::render(*found, *format, session.layout());
  return static_cast<int>(report::exit_of(*found));
}

}  // namespace

Command choices_command() {
  auto options = std::make_shared<Options>();
  return {
      "choices",
      "List what a spec may name: CAs, certificates.",
      "choices authorities|certificates --account NAME --region REGION [flags]",
      "authorities: the CAs that a Certificate of this namespace can name in issuer.authority, for "
      "that account\nand region: those declared as CertificateAuthority, and those that AWS has "
      "there and nobody has\ndeclared yet. What cannot be chosen says why.\n\ncertificates: those "
      "that ACM holds there and a Certificate can adopt by spec.arn.\n\nExit codes: 0 listed, 3 "
      "AWS could not be read, so that only what is declared is known.",
      "# which CA can sign for payments in us-east-1?\n"
      "certloop choices authorities -n payments --account prod --region us-east-1\n"
      "# an account of another namespace that allows this one\n"
      "certloop choices authorities -n shop --account platform/prod --region eu-west-1",
      [options](Flags& flags) {
        flags.arguments(options->arguments);
        flags.text("--account", options->account, "NAME",
                   "The Account; NAMESPACE/NAME for one of another namespace.");
        flags.text("--region", options->region, "REGION", "One of the account's regions.");
        flags.text("-o,--output", options->output, "FORMAT",
                   "table, wide, json or yaml; default: table.");
        declare_engine(flags, options->engine);
      },
      [options](Session& session) { return choices(session, *options); }};
}

}  // namespace certloop::cli
