#include <utility>

#include "aws/acm_json.h"
#include "aws/clients.h"
#include "aws/pages_json.h"
#include "base/text.h"

namespace certloop::aws {
namespace {

constexpr int kRowsAPage = 1000;  // asked for; the service gives at most 100 authorities

class AcmPcaClient final : public AcmPca {
 public:
  explicit AcmPcaClient(ClientSettings settings) : client_("acm-pca", std::move(settings)) {}

  Result<Turn> take_turn(std::string_view operation) override {
    return client_.take_turn(operation);
  }
  Result<std::string> create_certificate_authority(
      const CreateCertificateAuthority& request) override;
  Result<CertificateAuthorityDetail> describe_certificate_authority(
      const std::string& arn) override;
  Result<std::vector<CertificateAuthorityDetail>> list_certificate_authorities() override;
  Result<std::string> get_certificate_authority_csr(const std::string& arn) override;
  Result<CertificateAndChain> get_certificate_authority_certificate(
      const std::string& arn) override;
  Result<std::string> issue_certificate(const IssueCertificate& request) override;
  Result<CertificateAndChain> get_certificate(const std::string& authority_arn,
                                              const std::string& certificate_arn) override;
  Result<void> import_certificate_authority_certificate(
      const std::string& arn, const CertificateAndChain& certificate) override;
  Result<void> create_permission(const std::string& authority_arn,
                                 const Permission& permission) override;
  Result<std::vector<Permission>> list_permissions(const std::string& authority_arn) override;
  Result<void> delete_permission(const std::string& authority_arn, const std::string& principal,
                                 const std::string& source_account) override;
  Result<void> update_certificate_authority(
      const std::string& arn, const std::string& status,
      const std::optional<RevocationConfiguration>& revocation) override;
  Result<void> delete_certificate_authority(const std::string& arn,
                                            int permanent_deletion_time_in_days) override;
  Result<void> restore_certificate_authority(const std::string& arn) override;
  Result<Tags> list_tags(const std::string& arn) override;
  Result<void> tag_certificate_authority(const std::string& arn, const Tags& tags) override;
  Result<void> untag_certificate_authority(const std::string& arn,
                                           const std::vector<std::string>& keys) override;

 private:
  Result<void> change_one(const std::string& operation, const Json& input);
  Result<CertificateAndChain> certificate_from(const std::string& operation, const Json& input);

  Client client_;
};

Json about(const std::string& arn) { return {{"CertificateAuthorityArn", arn}}; }

Result<void> AcmPcaClient::change_one(const std::string& operation, const Json& input) {
  Call call = TRY(json_call(client_, operation, input));
  TRY(change(client_, std::move(call)));
  return {};
}

Result<std::string> AcmPcaClient::create_certificate_authority(
    const CreateCertificateAuthority& request) {
  const std::string operation = "CreateCertificateAuthority";
  Json input = {{"CertificateAuthorityType", request.type},
                {"CertificateAuthorityConfiguration",
                 {{"KeyAlgorithm", request.key_algorithm},
                  {"SigningAlgorithm", request.signing_algorithm},
                  {"Subject", subject_json(request.subject)}}}};
  const auto set = [&input](const char* name, const std::string& value) {
    if (!value.empty()) input[name] = value;
  };
  set("IdempotencyToken", request.idempotency_token);
  set("UsageMode", request.usage_mode);
  set("KeyStorageSecurityStandard", request.key_storage_security_standard);
  if (request.revocation.crl || request.revocation.ocsp)
    input["RevocationConfiguration"] = revocation_json(request.revocation);
  if (!request.tags.empty()) input["Tags"] = tag_list(request.tags);
  Call call = TRY(json_call(client_, operation, input));
  call.claimed_at = request.claimed_at;
  call.turn = request.turn;
  const Json answer = TRY(change(client_, std::move(call)));
  std::string arn = text(answer, "CertificateAuthorityArn");
  TRY(client_.check_arn(operation, arn));
  return arn;
}

Result<CertificateAuthorityDetail> AcmPcaClient::describe_certificate_authority(
    const std::string& arn) {
  const Json answer = TRY(ask(client_, "DescribeCertificateAuthority", about(arn)));
  CertificateAuthorityDetail detail = read_authority(member(answer, "CertificateAuthority"));
  if (detail.arn != arn)
    return client_.nonsense("DescribeCertificateAuthority",
                            "the answer is not about the authority that was asked for");
  return detail;
}

Result<std::vector<CertificateAuthorityDetail>> AcmPcaClient::list_certificate_authorities() {
  std::vector<CertificateAuthorityDetail> found;
  const std::string operation = "ListCertificateAuthorities";
  const Listing listing{operation,
                        {{"MaxResults", kRowsAPage}, {"ResourceOwner", "SELF"}},
                        "CertificateAuthorities",
                        "NextToken"};
  const auto row = [&](const Json& element, Instant) -> Result<bool> {
    found.push_back(read_authority(element));
    TRY(client_.check_arn(operation, found.back().arn));
    return true;
  };
  TRY(read_pages(client_, listing, row));
  return found;
}

Result<std::string> AcmPcaClient::get_certificate_authority_csr(const std::string& arn) {
  const Json answer = TRY(ask(client_, "GetCertificateAuthorityCsr", about(arn)));
  std::string csr = text(answer, "Csr", kMostPem);
  if (csr.empty())
    return client_.nonsense("GetCertificateAuthorityCsr", "the answer holds no request");
  return csr;
}

Result<CertificateAndChain> AcmPcaClient::certificate_from(const std::string& operation,
                                                           const Json& input) {
  const Json answer = TRY(ask(client_, operation, input));
  CertificateAndChain found{text(answer, "Certificate", kMostPem),
                          text(answer, "CertificateChain", kMostPem)};
  if (found.certificate.empty())
    return client_.nonsense(operation, "the answer holds no certificate");
  return found;
}

Result<CertificateAndChain> AcmPcaClient::get_certificate_authority_certificate(
    const std::string& arn) {
  return certificate_from("GetCertificateAuthorityCertificate", about(arn));
}

Result<std::string> AcmPcaClient::issue_certificate(const IssueCertificate& request) {
  const std::string operation = "IssueCertificate";
  Json input = about(request.certificate_authority_arn);
  input["Csr"] = to_base64(request.csr);
  input["SigningAlgorithm"] = request.signing_algorithm;
  input["Validity"] = {{"Type", "DAYS"}, {"Value", request.validity_days}};
  if (!request.template_arn.empty()) input["TemplateArn"] = request.template_arn;
  if (!request.idempotency_token.empty()) input["IdempotencyToken"] = request.idempotency_token;
  Call call = TRY(json_call(client_, operation, input));
  call.claimed_at = request.claimed_at;
  call.turn = request.turn;
  const Json answer = TRY(change(client_, std::move(call)));
  std::string arn = text(answer, "CertificateArn");
  // The authority may belong to another account, and its certificates with it.
  if (!arn.starts_with(request.certificate_authority_arn + "/"))
    return client_.nonsense(operation, "the answer names a certificate of another authority");
  return arn;
}

Result<CertificateAndChain> AcmPcaClient::get_certificate(const std::string& authority_arn,
                                                          const std::string& certificate_arn) {
  Json input = about(authority_arn);
  input["CertificateArn"] = certificate_arn;
  return certificate_from("GetCertificate", input);
}

Result<void> AcmPcaClient::import_certificate_authority_certificate(
    const std::string& arn, const CertificateAndChain& certificate) {
  Json input = about(arn);
  input["Certificate"] = to_base64(certificate.certificate);
  if (!certificate.chain.empty()) input["CertificateChain"] = to_base64(certificate.chain);
  return change_one("ImportCertificateAuthorityCertificate", input);
}

Result<void> AcmPcaClient::create_permission(const std::string& authority_arn,
                                             const Permission& permission) {
  Json input = about(authority_arn);
  input["Principal"] = permission.principal;
  input["Actions"] = permission.actions;
  if (!permission.source_account.empty()) input["SourceAccount"] = permission.source_account;
  return change_one("CreatePermission", input);
}

Result<std::vector<Permission>> AcmPcaClient::list_permissions(const std::string& authority_arn) {
  Json input = about(authority_arn);
  input["MaxResults"] = kRowsAPage;
  std::vector<Permission> found;
  const auto row = [&found](const Json& element, Instant) -> Result<bool> {
    found.push_back(
        {text(element, "Principal"), text(element, "SourceAccount"), texts(element, "Actions")});
    return true;
  };
  TRY(read_pages(client_, {"ListPermissions", input, "Permissions", "NextToken"}, row));
  return found;
}

Result<void> AcmPcaClient::delete_permission(const std::string& authority_arn,
                                             const std::string& principal,
                                             const std::string& source_account) {
  Json input = about(authority_arn);
  input["Principal"] = principal;
  if (!source_account.empty()) input["SourceAccount"] = source_account;
  return change_one("DeletePermission", input);
}

Result<void> AcmPcaClient::update_certificate_authority(
    const std::string& arn, const std::string& status,
    const std::optional<RevocationConfiguration>& revocation) {
  Json input = about(arn);
  if (!status.empty()) input["Status"] = status;
  if (revocation) input["RevocationConfiguration"] = revocation_json(*revocation);
  return change_one("UpdateCertificateAuthority", input);
}

Result<void> AcmPcaClient::delete_certificate_authority(const std::string& arn,
                                                        int permanent_deletion_time_in_days) {
  Json input = about(arn);
  input["PermanentDeletionTimeInDays"] = permanent_deletion_time_in_days;
  return change_one("DeleteCertificateAuthority", input);
}

Result<void> AcmPcaClient::restore_certificate_authority(const std::string& arn) {
  return change_one("RestoreCertificateAuthority", about(arn));
}

Result<Tags> AcmPcaClient::list_tags(const std::string& arn) {
  Json input = about(arn);
  input["MaxResults"] = kRowsAPage;
  Json found = Json::array();
  const auto row = [&found](const Json& element, Instant) -> Result<bool> {
    found.push_back(element);
    return true;
  };
  TRY(read_pages(client_, {"ListTags", input, "Tags", "NextToken"}, row));
  return read_tags(found);
}

Result<void> AcmPcaClient::tag_certificate_authority(const std::string& arn, const Tags& tags) {
  Json input = about(arn);
  input["Tags"] = tag_list(tags);
  return change_one("TagCertificateAuthority", input);
}

Result<void> AcmPcaClient::untag_certificate_authority(const std::string& arn,
                                                       const std::vector<std::string>& keys) {
  Json input = about(arn);
  input["Tags"] = tag_keys(keys);
  return change_one("UntagCertificateAuthority", input);
}

}  // namespace

std::unique_ptr<AcmPca> make_acm_pca(ClientSettings settings) {
  return std::make_unique<AcmPcaClient>(std::move(settings));
}

}  // namespace certloop::aws
