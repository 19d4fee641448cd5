#include "emulator/sts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "base/timestamp.h"
#include "emulator/identities.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {

namespace {

using Form = QueryService::Form;

constexpr int kShortestSession = 900, kLongestSession = 43200, kLongestChained = 3600;

AwsError denied(const Call& call, std::string_view action, const std::string& arn) {
  return {"AccessDenied",
          fmt::format("User: {} is not authorized to perform: sts:{} on resource: {}",
                      call.principal_arn, action, arn),
          403};
}

// The parts of arn:<partition>:iam::<account>:role/<path and name>.
struct RoleName {
  std::string partition, account, name;
};

std::optional<RoleName> parse_role(const std::string& arn) {
  const std::vector<std::string> parts = split(arn, ':');
  if (parts.size() != 6 || parts[0] != "arn" || parts[1].empty() || parts[2] != "iam") {
    return std::nullopt;
  }
  const bool has_account =
      parts[4].size() == 12 &&
      std::all_of(parts[4].begin(), parts[4].end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!has_account || !parts[5].starts_with("role/") || parts[5].ends_with('/'))
    return std::nullopt;
  return RoleName{parts[1], parts[4], parts[5].substr(parts[5].rfind('/') + 1)};
}

bool is_session_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view("_+=,.@-").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

Answer<int> duration(const Form& form, int otherwise) {
  const std::string text = field(form, "DurationSeconds");
  if (text.empty()) return otherwise;
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) {
    return AwsError{"MalformedInput", "DurationSeconds is not a number."};
  }
  if (seconds < kShortestSession) {
    return violates(text, "durationSeconds",
                    fmt::format("have value greater than or equal to {}", kShortestSession));
  }
  if (seconds > kLongestSession) {
    return violates(text, "durationSeconds",
                    fmt::format("have value less than or equal to {}", kLongestSession));
  }
  return seconds;
}

// Session tags: keys are compared without regard to case.
Answer<void> check_tags(const Form& form) {
  std::set<std::string> keys;
  for (const auto& [name, value] : form) {
    if (!name.starts_with("Tags.member.") || !name.ends_with(".Key")) continue;
    if (!keys.insert(lower(value)).second) {
      return AwsError{"InvalidParameterValue",
                      "Duplicate tag keys found. Please note that Tag keys are case insensitive."};
    }
  }
  for (const auto& [name, value] : form) {
    if (name.starts_with("TransitiveTagKeys.member.") && !keys.contains(lower(value))) {
      return AwsError{"InvalidParameterValue",
                      "The specified transitive tag key must be included in the requested tags."};
    }
  }
  return {};
}

Answer<void> check_assume_role(const Form& form) {
  const std::string arn = field(form, "RoleArn");
  const std::string session = field(form, "RoleSessionName");
  if (arn.empty()) return violates("", "roleArn", "not be null");
  if (session.empty()) return violates("", "roleSessionName", "not be null");
  if (!is_session_name(session)) {
    return violates(session, "roleSessionName", "satisfy regular expression pattern: [\\w+=,.@-]*");
  }
  if (session.size() < 2) {
    return violates(session, "roleSessionName", "have length greater than or equal to 2");
  }
  if (session.size() > 64) {
    return violates(session, "roleSessionName", "have length less than or equal to 64");
  }
  if (arn.size() < 20) return violates(arn, "roleArn", "have length greater than or equal to 20");
  if (!parse_role(arn)) return AwsError{"ValidationError", arn + " is invalid"};
  return check_tags(form);
}

std::string credentials_xml(const Identity& session) {
  return "<Credentials>" + element("AccessKeyId", session.access_key_id) +
         element("SecretAccessKey", session.secret_access_key.reveal()) +
         element("SessionToken", session.session_token) +
         element("Expiration", rfc3339(*session.expiration)) + "</Credentials>";
}

}  // namespace

Sts::Sts(World& world)
    : QueryService("sts", "https://sts.amazonaws.com/doc/2011-06-15/"), world_(world) {
  const std::vector<Rate> shared = {{600, 600, "sts"}};
  add({"GetCallerIdentity", false, shared}, [](Call& call, const Form&) -> Answer<std::string> {
    return element("Arn", call.principal_arn) + element("UserId", call.user_id) +
           element("Account", call.account);
  });
  add({"AssumeRole", false, shared},
      [this](Call& call, const Form& form) { return assume_role(call, form); });
  add({"GetSessionToken", false, shared},
      [this](Call& call, const Form& form) { return get_session_token(call, form); });
  add({"GetAccessKeyInfo", false, shared},
      [this](Call&, const Form& form) { return get_access_key_info(form); });
}

std::optional<Role> Sts::role_for(const Call& call, const std::string& arn) const {
  const auto& roles = world_.options.roles;
  const auto listed =
      std::find_if(roles.begin(), roles.end(), [&](const Role& role) { return role.arn == arn; });
  if (listed != roles.end()) {
    const bool trusts =
        listed->trusted.empty() ||
        std::any_of(listed->trusted.begin(), listed->trusted.end(), [&](const std::string& one) {
          return one == call.account || one == call.principal_arn ||
                 one.ends_with(":iam::" + call.account + ":root");
        });
    return trusts ? std::optional<Role>(*listed) : std::nullopt;
  }
  const std::string account = parse_role(arn)->account;
  if (!world_.options.open_roles) return std::nullopt;
  if (!world_.options.any_account && !world_.identities.knows_account(account)) {
    return std::nullopt;
  }
  Role open;
  open.arn = arn;
  open.max_session_seconds = kLongestSession;
  return open;
}

Answer<std::string> Sts::assume_role(Call& call, const Form& form) {
  TRY(check_assume_role(form));
  const int seconds = TRY(duration(form, 3600));
  const std::string arn = field(form, "RoleArn");
  const std::optional<Role> role = role_for(call, arn);
  if (!role || (!role->external_id.empty() && field(form, "ExternalId") != role->external_id)) {
    return denied(call, "AssumeRole", arn);
  }
  const bool is_chained =
      call.is_session && call.principal_arn.find(":assumed-role/") != std::string::npos;
  if (is_chained && seconds > kLongestChained) {
    return AwsError{"ValidationError",
                    "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                    "assumed by role chaining."};
  }
  if (seconds > role->max_session_seconds) {
    return AwsError{"ValidationError",
                    "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                    "role."};
  }
  const RoleName name = *parse_role(arn);
  const std::string session_name = field(form, "RoleSessionName");
  Identity session;
  session.account = name.account;
  session.expiration = call.now + std::chrono::seconds(seconds);
  session.principal_arn = fmt::format("arn:{}:sts::{}:assumed-role/{}/{}", name.partition,
                                      name.account, name.name, session_name);
  session.user_id = unique_id("AROA", arn) + ':' + session_name;
  world_.identities.forget_old_sessions(call.now);
  session = world_.identities.begin_session(std::move(session), world_.random);
  call.arn = session.principal_arn;
  return "<AssumedRoleUser>" + element("AssumedRoleId", session.user_id) +
         element("Arn", session.principal_arn) + "</AssumedRoleUser>" + credentials_xml(session);
}

Answer<std::string> Sts::get_session_token(Call& call, const Form& form) {
  const int seconds = TRY(duration(form, kLongestSession));
  if (call.is_session) {
    return AwsError{"AccessDenied", "Cannot call GetSessionToken with session credentials", 403};
  }
  Identity session;
  session.account = call.account;
  session.expiration = call.now + std::chrono::seconds(seconds);
  session.principal_arn = call.principal_arn;
  session.user_id = call.user_id;
  return credentials_xml(world_.identities.begin_session(std::move(session), world_.random));
}

Answer<std::string> Sts::get_access_key_info(const Form& form) const {
  const std::string key = field(form, "AccessKeyId");
  if (key.empty()) return violates("", "accessKeyId", "not be null");
  const std::optional<Identity> identity = world_.identities.find(key);
  if (!identity) {
    return AwsError{"ValidationError", "Invalid Access Key ID: " + key};
  }
  return element("Account", identity->account);
}

// Sessions are kept with the keys, not here.
Json Sts::dump() const { return nullptr; }
void Sts::restore(const Json&) {}

}  // namespace certloop::emulator
