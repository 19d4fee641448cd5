#include "cli/command.h"
#include "cli/selection.h"
#include "schema/schema.h"

namespace certloop::cli {
namespace {

struct Options {
  std::vector<std::string> arguments;
  bool recursive = false;
};

int explain(Session& session, const Options& options) {
  if (options.arguments.size() != 1)
    return session.usage("name one kind or field, as certificate.spec.issuer; " + known_kinds());
  const std::string& argument = options.arguments.front();
  const std::size_t dot = argument.find('.');
  const auto kind = parse_kind(argument.substr(0, dot));
  if (!kind) return session.fail(kind.error());
  const std::string path = dot == std::string::npos ? "" : argument.substr(dot + 1);
  const auto text = schema::explain(*kind, path, options.recursive);
  if (!text) return session.fail(text.error());
  session.out() << *text;
  return kDone;
}

}  // namespace

Command explain_command() {
  auto options = std::make_shared<Options>();
  return {"explain",
          "Explain a kind or one of its fields.",
          "explain KIND[.FIELD...] [flags]",
          "Says what a field is for, what it may hold and what it defaults to.",
          "# what can a certificate say?\n"
          "certloop explain certificate.spec\n"
          "# all fields below one, as a tree\n"
          "certloop explain certificate.spec.issuer --recursive",
          [options](Flags& flags) {
            flags.arguments(options->arguments);
            flags.toggle("--recursive", options->recursive, "Show all fields below, as a tree.");
          },
          [options](Session& session) { return explain(session, *options); }};
}

}  // namespace certloop::cli
