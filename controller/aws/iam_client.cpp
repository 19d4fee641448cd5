#include <utility>

#include "aws/clients.h"
#include "aws/form.h"
#include "aws/xml.h"

namespace certloop::aws {
namespace {

constexpr int kMostPages = 100;
constexpr int kPage = 1000;

void write_list(FormWriter& form, std::string_view name, const std::vector<std::string>& values) {
  form.open(name);
  form.open("member");
  for (std::size_t i = 0; i < values.size(); ++i) form.text(std::to_string(i + 1), values[i]);
  form.close();
  form.close();
}

class IamClient final : public Iam {
 public:
  explicit IamClient(ClientSettings settings) : client_("iam", std::move(settings)) {}

  Result<std::vector<EvaluationResult>> simulate_principal_policy(
      const SimulatePrincipalPolicy& request) override;

 private:
  Result<XmlNode> ask(const std::string& operation, FormWriter form);

  Client client_;
};

// Nothing here changes anything, so a request without an answer may be repeated.
Result<XmlNode> IamClient::ask(const std::string& operation, FormWriter form) {
  Call call;
  call.operation = operation;
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  call.body = std::move(form).take();
  net::HttpResponse response = TRY(client_.call(std::move(call)));
  auto root = parse_xml(std::move(response.body));
  if (!root.ok()) return client_.nonsense(operation, root.error().message());
  XmlNode* result = root->child(operation + "Result");
  if (result == nullptr) return client_.nonsense(operation, "the answer holds no result");
  return std::move(*result);
}

Result<std::vector<EvaluationResult>> IamClient::simulate_principal_policy(
    const SimulatePrincipalPolicy& request) {
  const std::string operation = "SimulatePrincipalPolicy";
  std::vector<EvaluationResult> results;
  std::string marker;
  for (int page = 0; page < kMostPages; ++page) {
    FormWriter form;
    form.text("Action", operation);
    form.text("Version", "2010-05-08");
    form.text("PolicySourceArn", request.policy_source_arn);
    write_list(form, "ActionNames", request.action_names);
    if (!request.resource_arns.empty()) write_list(form, "ResourceArns", request.resource_arns);
    form.text("MaxItems", std::to_string(kPage));
    if (!marker.empty()) form.text("Marker", marker);
    const XmlNode result = TRY(ask(operation, std::move(form)));
    for (const XmlNode* each : result.list("EvaluationResults", "member"))
      results.push_back({each->child_text("EvalActionName"), each->child_text("EvalResourceName"),
                         each->child_text("EvalDecision")});
    if (result.child_text("IsTruncated") != "true") return results;
    std::string next = result.child_text("Marker");
    if (next.empty()) return client_.nonsense(operation, "the next page has no marker");
    if (next == marker)
      return client_.nonsense(operation, "the listing leads back to the same page");
    marker = std::move(next);
  }
  return client_.nonsense(operation, "the answer has no end");
}

}  // namespace

std::unique_ptr<Iam> make_iam(ClientSettings settings) {
  return std::make_unique<IamClient>(std::move(settings));
}

}  // namespace certloop::aws
