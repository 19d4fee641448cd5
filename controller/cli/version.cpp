#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/output.h"
#include "report/text_forms.h"

namespace certloop::cli {
namespace {

int version(Session& session, const std::string& output) {
  const auto format = parse_format(output);
  if (!format) return session.fail(format.error());
  const std::string version = session.program().version();
  const std::string_view api = api::info_of(api::Kind::certificate).api_version;
  const std::string json = nlohmann::json{{"version", version}, {"apiVersion", api}}.dump();
  if (*format == report::Format::json)
    session.out() << report::indented_json(json);
  else if (*format == report::Format::yaml)
    session.out() << report::yaml_of(json);
  else
    session.out() << fmt::format("certloop {}\n{}\n", version, api);
  return kDone;
}

}  // namespace

Command version_command() {
  auto output = std::make_shared<std::string>();
  return {"version",
          "Print the version.",
          "version [flags]",
          "Prints the version of the program and of its kinds.",
          "certloop version -o json",
          [output](Flags& flags) {
            flags.text("-o,--output", *output, "FORMAT", "table, json or yaml; default: table.");
          },
          [output](Session& session) { return version(session, *output); }};
}

}  // namespace certloop::cli
