#include "cli/command.h"

namespace certloop::cli {
namespace {

int emulator(Session& session, const EmulatorRequest& request) {
  const auto done = session.program().emulator(request, [&](const std::string& url) {
    session.out() << "# In another terminal:\n"
                  << "export AWS_ENDPOINT_URL=" << url << '\n'
                  << "export AWS_ACCESS_KEY_ID=test\n"
                  << "export AWS_SECRET_ACCESS_KEY=test\n"
                  << "export AWS_REGION=us-east-1\n";
    session.out().flush();
  });
  if (!done && done.error().code() != Code::cancelled) return session.fail(done.error());
  return kDone;
}

}  // namespace

Command emulator_command() {
  auto request = std::make_shared<EmulatorRequest>();
  return {
      "emulator",
      "Serve an emulation of the AWS services, to try things out.",
      "emulator [flags]",
      "Serves Certificate Manager, Private CA, STS, IAM, Route 53 and the tagging API as far as "
      "certloop\ncalls them, with AWS's own rules, delays and errors, until stopped. Prints the "
      "variables that make AWS\nclients use it. It answers on loopback only unless told "
      "otherwise, and everything in it is free.\n\nA fault is "
      "SERVICE:OPERATION:KIND@WHEN. KIND is error, error=CODE, drop (done, but no answer), "
      "crash\n(nothing done) or lost (done, answered with an error); WHEN is the nth call, or "
      "a probability below 1.\n\nWhat is denied is PRINCIPAL=ACTION,ACTION,...: an access key's "
      "id, an ARN or '*', and actions in which *\nstands for any characters. Everything else is "
      "allowed.",
      "# with a public zone for DNS validation\n"
      "certloop emulator --zone=example.com\n"
      "# the answer to the first request is lost\n"
      "certloop emulator --faults=acm:RequestCertificate:drop@1\n"
      "# credentials that may not look at CAs\n"
      "certloop emulator --deny='test=acm-pca:Describe*,acm-pca:List*'",
      [request](Flags& flags) {
        flags.text("--listen", request->listen, "HOST:PORT",
                   "Where to answer; default: 127.0.0.1:4599. Port 0: any free one.");
        flags.text("--data", request->data, "FILE", "Keep the state in this file.");
        flags.texts("--zone", request->zones, "DOMAIN",
                    "A public hosted zone to begin with; may repeat.");
        flags.toggle("--rates", request->rates, "Refuse calls beyond AWS's request rates.");
        flags.duration("--latency", request->latency, "Delay each response by this long.");
        flags.texts("--faults", request->faults, "FAULT", "Inject a fault; may repeat.");
        flags.texts("--deny", request->denials, "DENIAL",
                    "Refuse these actions to this principal; may repeat.");
      },
      [request](Session& session) { return emulator(session, *request); }};
}

}  // namespace certloop::cli
