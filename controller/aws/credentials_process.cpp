// Credentials that variables hold or a program prints.
#include "aws/credentials_json.h"
#include "aws/credentials_sources.h"
#include "base/text.h"

namespace certloop::aws {
namespace {

constexpr Duration kProcessTimeout = std::chrono::minutes(1);

Error broken(const std::string& subject, std::string_view what) {
  return {Code::denied, fmt::format("{}: credential_process {}", subject, what)};
}

}  // namespace

Result<Credentials> from_environment(const CredentialsEnvironment& environment) {
  const auto id = set_variable(environment, "AWS_ACCESS_KEY_ID");
  auto secret = set_variable(environment, "AWS_SECRET_ACCESS_KEY");
  auto token = set_variable(environment, "AWS_SESSION_TOKEN");
  if (!id && !secret)
    return Error(Code::not_found, "AWS_ACCESS_KEY_ID is not set in the environment");
  if (!id || !secret) {
    if (secret) wipe(*secret);
    return Error(Code::denied,
                 "the environment has only one of AWS_ACCESS_KEY_ID and "
                 "AWS_SECRET_ACCESS_KEY; set both or neither");
  }
  Credentials out{*id, Secret::take(std::move(*secret)), {}, {}};
  if (token) out.session_token = Secret::take(std::move(*token));
  if (const auto until = set_variable(environment, "AWS_CREDENTIAL_EXPIRATION")) {
    out.expiration = parse_rfc3339(*until);
    if (!out.expiration)
      return Error(Code::denied, "AWS_CREDENTIAL_EXPIRATION is not a time (RFC 3339)");
  }
  return out;
}

Result<std::vector<std::string>> split_command(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    const bool escapes = c == '\\' && quote != '\'' && i + 1 < command.size();
    if (escapes && (quote == 0 || command[i + 1] == '"' || command[i + 1] == '\\')) {
      word += command[++i];
      in_word = true;
    } else if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return Error(Code::invalid, "a quote is not closed");
  if (in_word) words.push_back(word);
  return words;
}

Result<Credentials> from_process(const CredentialsEnvironment& environment,
                                 const std::string& command, const std::string& subject) {
  const auto arguments = split_command(command);
  if (!arguments || arguments->empty())
    return broken(subject, "is empty or has a quote that is not closed");
  const auto ran = environment.run(*arguments, kProcessTimeout);
  if (!ran) {
    if (ran.error().code() == Code::not_found) return broken(subject, "names no program");
    return Error(ran.error()).during(subject + ": credential_process");
  }
  if (ran->exit_status != 0) {
    return broken(subject,
                  fmt::format("ended with status {}; run it by hand to see why", ran->exit_status));
  }
  nlohmann::json json = parse_object(ran->output.reveal());
  if (json.is_discarded()) return broken(subject, "printed no JSON object");
  const auto version = json.find("Version");
  if (version == json.end() || !version->is_number_integer() || version->get<int>() != 1)
    return broken(subject, "printed another Version than 1");
  return credentials_of(json, "SessionToken", subject + ": credential_process");
}

}  // namespace certloop::aws
