#include <fmt/format.h>

#include <utility>

#include "aws/arn.h"
#include "aws/clients.h"
#include "aws/form.h"
#include "aws/xml.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::aws {
namespace {

class StsClient final : public Sts {
 public:
  explicit StsClient(ClientSettings settings) : client_("sts", std::move(settings)) {}

  Result<CallerIdentity> get_caller_identity() override;
  Result<Credentials> assume_role(const AssumeRoleRequest& request) override;
  Result<Credentials> assume_role_with_web_identity(const AssumeRoleRequest& request,
                                                    const Secret& token) override;

 private:
  Result<XmlNode> ask(const std::string& operation, FormWriter form, bool is_signed);
  Result<Credentials> credentials_in(const std::string& operation, XmlNode result) const;

  Client client_;
};

FormWriter form_for(const std::string& operation) {
  FormWriter form;
  form.text("Action", operation);
  form.text("Version", "2011-06-15");
  return form;
}

FormWriter role_form(const std::string& operation, const AssumeRoleRequest& request) {
  FormWriter form = form_for(operation);
  form.text("RoleArn", request.role_arn);
  form.text("RoleSessionName", request.role_session_name);
  if (request.duration_seconds > 0)
    form.text("DurationSeconds", std::to_string(request.duration_seconds));
  if (!request.policy.empty()) form.text("Policy", request.policy);
  return form;
}

// Nothing here changes anything, so a request without an answer may be repeated.
Result<XmlNode> StsClient::ask(const std::string& operation, FormWriter form, bool is_signed) {
  Call call;
  call.operation = operation;
  call.is_signed = is_signed;
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  call.body = std::move(form).take();
  net::HttpResponse response = TRY(client_.call(std::move(call)));
  auto root = parse_xml(std::move(response.body));
  if (!root.ok()) return client_.nonsense(operation, root.error().message());
  XmlNode* result = root->child(operation + "Result");
  if (result == nullptr) return client_.nonsense(operation, "the answer holds no result");
  return std::move(*result);
}

Result<CallerIdentity> StsClient::get_caller_identity() {
  const std::string operation = "GetCallerIdentity";
  const XmlNode result = TRY(ask(operation, form_for(operation), true));
  CallerIdentity identity{result.child_text("Account"), result.child_text("Arn"),
                          result.child_text("UserId")};
  if (identity.account.empty() || identity.arn.empty())
    return client_.nonsense(operation, "the answer names no account");
  const auto arn = Arn::parse(identity.arn);
  if (!is_account_id(identity.account) || (arn.ok() && arn->account != identity.account))
    return client_.nonsense(
        operation, fmt::format("the answer names account '{}' for {}, and an AWS account is twelve "
                               "digits, the same in both: check the endpoint that STS is asked at",
                               printable(identity.account.substr(0, 40)),
                               printable(identity.arn.substr(0, 200))));
  return identity;
}

Result<Credentials> StsClient::credentials_in(const std::string& operation, XmlNode result) const {
  Credentials credentials;
  if (XmlNode* found = result.child("Credentials"); found != nullptr) {
    credentials.access_key_id = found->child_text("AccessKeyId");
    credentials.expiration = parse_rfc3339(found->child_text("Expiration"));
    if (XmlNode* secret = found->child("SecretAccessKey"))
      credentials.secret_access_key = Secret::take(std::move(secret->text));
    if (XmlNode* token = found->child("SessionToken"))
      credentials.session_token = Secret::take(std::move(token->text));
  }
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() ||
      credentials.session_token.empty() || !credentials.expiration)
    return client_.nonsense(operation, "the answer holds no complete credentials");
  return credentials;
}

Result<Credentials> StsClient::assume_role(const AssumeRoleRequest& request) {
  const std::string operation = "AssumeRole";
  FormWriter form = role_form(operation, request);
  if (!request.external_id.empty()) form.text("ExternalId", request.external_id);
  XmlNode result = TRY(ask(operation, std::move(form), true));
  return credentials_in(operation, std::move(result));
}

Result<Credentials> StsClient::assume_role_with_web_identity(const AssumeRoleRequest& request,
                                                             const Secret& token) {
  const std::string operation = "AssumeRoleWithWebIdentity";
  FormWriter form = role_form(operation, request);
  form.text("WebIdentityToken", token.reveal());
  XmlNode result = TRY(ask(operation, std::move(form), false));
  return credentials_in(operation, std::move(result));
}

}  // namespace

std::unique_ptr<Sts> make_sts(ClientSettings settings) {
  return std::make_unique<StsClient>(std::move(settings));
}

}  // namespace certloop::aws
