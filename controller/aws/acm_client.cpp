#include <atomic>
#include <utility>

#include "aws/acm_json.h"
#include "aws/clients.h"
#include "aws/errors.h"
#include "aws/pages_json.h"
#include "base/text.h"

namespace certloop::aws {
namespace {

// A server that lacks an operation may be upgraded while we run.
constexpr Duration kAskAgainAfter = std::chrono::hours(1);

// ListCertificates hides what is not asked for by name: all but RSA of 1024 and 2048 bits, and all
// that came by ACME.
Json every_key_type() {
  return {"RSA_1024",      "RSA_2048",     "RSA_3072",    "RSA_4096",
          "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"};
}
Json every_origin() { return {"AWS_MANAGED", "CUSTOMER_PROVIDED", "ACME"}; }

class AcmClient final : public Acm {
 public:
  explicit AcmClient(ClientSettings settings) : client_("acm", std::move(settings)) {}

  Result<Turn> take_turn(std::string_view operation) override {
    return client_.take_turn(operation);
  }
  Result<std::string> request_certificate(const RequestCertificate& request) override;
  Result<std::string> import_certificate(const ImportCertificate& request) override;
  Result<CertificateDetail> describe_certificate(const std::string& arn) override;
  Result<CertificateAndChain> get_certificate(const std::string& arn) override;
  Result<Tags> list_tags_for_certificate(const std::string& arn) override;
  Result<void> add_tags_to_certificate(const std::string& arn, const Tags& tags) override;
  Result<void> remove_tags_from_certificate(const std::string& arn,
                                            const std::vector<std::string>& keys) override;
  Result<void> delete_certificate(const std::string& arn) override;
  Result<void> renew_certificate(const std::string& arn) override;
  Result<void> search_certificates(const SummarySink& sink) override;

 private:
  Result<void> change_one(const std::string& operation, const Json& input);
  Result<std::string> arn_of(const std::string& operation, const Json& answer) const;
  bool may_search() const { return client_.settings().clock.tick() >= search_again_.load(); }
  Result<void> read_rows_of(const Listing& listing, CertificateSummary (*read)(const Json&),
                            const SummarySink& sink, bool* read_any);
  Result<void> search(const SummarySink& sink, bool* read_any);
  Result<void> list(bool name_origins, const SummarySink& sink, bool* read_any);

  Client client_;
  std::atomic<Instant> search_again_{Instant::min()};  // until then SearchCertificates is lacking
  std::atomic<bool> origins_refused_ = false;
};

Result<std::string> AcmClient::arn_of(const std::string& operation, const Json& answer) const {
  std::string arn = text(answer, "CertificateArn");
  TRY(client_.check_arn(operation, arn));
  return arn;
}

Result<void> AcmClient::change_one(const std::string& operation, const Json& input) {
  Call call = TRY(json_call(client_, operation, input));
  TRY(change(client_, std::move(call)));
  return {};
}

Result<std::string> AcmClient::request_certificate(const RequestCertificate& request) {
  const std::string operation = "RequestCertificate";
  Json input = {{"DomainName", request.domain_name}};
  const auto set = [&input](const char* name, const std::string& value) {
    if (!value.empty()) input[name] = value;
  };
  set("ValidationMethod", request.validation_method);
  set("IdempotencyToken", request.idempotency_token);
  set("CertificateAuthorityArn", request.certificate_authority_arn);
  set("KeyAlgorithm", request.key_algorithm);
  if (!request.subject_alternative_names.empty())
    input["SubjectAlternativeNames"] = request.subject_alternative_names;
  if (request.exportable) input["Options"] = {{"Export", "ENABLED"}};
  if (!request.tags.empty()) input["Tags"] = tag_list(request.tags);
  Call call = TRY(json_call(client_, operation, input));
  call.claimed_at = request.claimed_at;
  call.turn = request.turn;
  const Json answer = TRY(change(client_, std::move(call)));
  return arn_of(operation, answer);
}

Result<std::string> AcmClient::import_certificate(const ImportCertificate& request) {
  const std::string operation = "ImportCertificate";
  Json input = {{"Certificate", to_base64(request.certificate)}};
  if (!request.certificate_arn.empty()) input["CertificateArn"] = request.certificate_arn;
  if (!request.certificate_chain.empty())
    input["CertificateChain"] = to_base64(request.certificate_chain);
  // A reimport with tags is refused; they are reconciled by themselves.
  if (request.certificate_arn.empty() && !request.tags.empty())
    input["Tags"] = tag_list(request.tags);
  Call call =
      TRY(json_call(client_, operation, input, SecretMember{"PrivateKey", request.private_key}));
  call.claimed_at = request.claimed_at;
  call.turn = request.turn;
  const Json answer = TRY(change(client_, std::move(call)));
  std::string arn = TRY(arn_of(operation, answer));
  if (!request.certificate_arn.empty() && arn != request.certificate_arn)
    return client_.nonsense(operation, "the answer names another certificate than the request");
  return arn;
}

Result<CertificateDetail> AcmClient::describe_certificate(const std::string& arn) {
  const Json answer = TRY(ask(client_, "DescribeCertificate", {{"CertificateArn", arn}}));
  CertificateDetail detail = read_certificate(member(answer, "Certificate"));
  if (detail.certificate_arn != arn)
    return client_.nonsense("DescribeCertificate",
                            "the answer is not about the certificate that was asked for");
  return detail;
}

Result<CertificateAndChain> AcmClient::get_certificate(const std::string& arn) {
  const Json answer = TRY(ask(client_, "GetCertificate", {{"CertificateArn", arn}}));
  CertificateAndChain found{text(answer, "Certificate", kMostPem),
                          text(answer, "CertificateChain", kMostPem)};
  if (found.certificate.empty())
    return client_.nonsense("GetCertificate", "the answer holds no certificate");
  return found;
}

Result<Tags> AcmClient::list_tags_for_certificate(const std::string& arn) {
  const Json answer = TRY(ask(client_, "ListTagsForCertificate", {{"CertificateArn", arn}}));
  return read_tags(member(answer, "Tags"));
}

Result<void> AcmClient::add_tags_to_certificate(const std::string& arn, const Tags& tags) {
  return change_one("AddTagsToCertificate", {{"CertificateArn", arn}, {"Tags", tag_list(tags)}});
}

Result<void> AcmClient::remove_tags_from_certificate(const std::string& arn,
                                                     const std::vector<std::string>& keys) {
  return change_one("RemoveTagsFromCertificate",
                    {{"CertificateArn", arn}, {"Tags", tag_keys(keys)}});
}

Result<void> AcmClient::delete_certificate(const std::string& arn) {
  return change_one("DeleteCertificate", {{"CertificateArn", arn}});
}

Result<void> AcmClient::renew_certificate(const std::string& arn) {
  return change_one("RenewCertificate", {{"CertificateArn", arn}});
}

Result<void> AcmClient::read_rows_of(const Listing& listing,
                                     CertificateSummary (*read)(const Json&),
                                     const SummarySink& sink, bool* read_any) {
  const auto row = [&](const Json& element, Instant asked) -> Result<bool> {
    CertificateSummary summary = read(element);
    TRY(client_.check_arn(listing.operation, summary.certificate_arn));
    return sink(std::move(summary), asked);
  };
  return read_pages(client_, listing, row, read_any);
}

Result<void> AcmClient::search(const SummarySink& sink, bool* read_any) {
  const Json input = {{"MaxResults", 500}, {"SortBy", "CREATED_AT"}, {"SortOrder", "DESCENDING"}};
  return read_rows_of({"SearchCertificates", input, "Results", "NextToken"}, read_found, sink,
                      read_any);
}

Result<void> AcmClient::list(bool name_origins, const SummarySink& sink, bool* read_any) {
  Json input = {{"MaxItems", 1000},
                {"Includes", {{"keyTypes", every_key_type()}}},
                {"SortBy", "CREATED_AT"},
                {"SortOrder", "DESCENDING"}};
  if (name_origins) input["CertificateKeyPairOrigins"] = every_origin();
  return read_rows_of({"ListCertificates", input, "CertificateSummaryList", "NextToken"},
                      read_listed, sink, read_any);
}

// A refusal counts as "the server does not know this" only before the first page: later it is an
// error like any other, for rows have been handed out.
Result<void> AcmClient::search_certificates(const SummarySink& sink) {
  bool read_any = false;
  if (may_search()) {
    const Result<void> found = search(sink, &read_any);
    if (found.ok() || read_any || !lacks_operation(found.error())) return found;
    search_again_ = client_.settings().clock.tick() + kAskAgainAfter;
  }
  if (!origins_refused_) {
    const Result<void> listed = list(true, sink, &read_any);
    if (listed.ok() || read_any || listed.error().code() != Code::invalid) return listed;
    const Result<void> plain = list(false, sink, &read_any);
    if (plain.ok()) origins_refused_ = true;
    return plain;
  }
  return list(false, sink, &read_any);
}

}  // namespace

std::unique_ptr<Acm> make_acm(ClientSettings settings) {
  return std::make_unique<AcmClient>(std::move(settings));
}

}  // namespace certloop::aws
