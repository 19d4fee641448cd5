// What AWS, or somebody in its place, answers: JSON, XML, and pages that are neither.
#include <algorithm>
#include <memory>

#include "aws/clients.h"
#include "base/text.h"
#include "tests/fuzz/seeds.h"

namespace certloop::aws {
namespace {

// Gives every request the same answer.
class OneAnswer final : public net::Transport {
 public:
  explicit OneAnswer(net::HttpResponse answer) : answer_(std::move(answer)) {}
  Result<net::HttpResponse> send(const net::HttpRequest&, std::stop_token) override {
    return answer_;
  }

 private:
  const net::HttpResponse answer_;
};

class FixedCredentials final : public CredentialsProvider {
 public:
  Result<std::shared_ptr<const Credentials>> get() override { return credentials_; }

 private:
  std::shared_ptr<const Credentials> credentials_ =
      std::make_shared<Credentials>(Credentials{"AKID", Secret("secret"), {}, {}});
};

const std::string kArn = "arn:aws:acm:us-east-1:111122223333:certificate/1";
const std::string kAuthority = "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/1";

// The status stands before the body, as one byte.
std::vector<std::string> seeds() {
  const std::string ok(1, '\0'), bad(1, '\1'), broken(1, '\2');
  return {
      ok + R"({"Results":[{"CertificateArn":")" + kArn +
          R"(","X509Attributes":{"Subject":)"
          R"({"CommonName":"a"},"SubjectAlternativeNames":[{"DnsName":"a"}],"NotAfter":1.5e9}}],)"
          R"("NextToken":"t"})",
      ok + R"({"CertificateSummaryList":[{"CertificateArn":")" + kArn + R"("}]})",
      ok + R"({"Certificate":{"CertificateArn":")" + kArn +
          R"(","KeyAlgorithm":"RSA-2048",)"
          R"("DomainValidationOptions":[{"ResourceRecord":{"Name":"_a."}}]}})",
      ok + R"({"CertificateAuthority":{"Arn":")" + kAuthority +
          R"(","RevocationConfiguration":)"
          R"({"CrlConfiguration":{"Enabled":true}}}})",
      ok + R"({"Tags":[{"Key":"a","Value":"b"}],"Permissions":[{"Actions":["x"]}]})",
      ok + "<ListHostedZonesResponse><HostedZones><HostedZone><Id>/hostedzone/Z</Id><Name>a.</Name>"
           "</HostedZone></HostedZones><IsTruncated>true</IsTruncated><NextMarker>m</NextMarker>"
           "</ListHostedZonesResponse>",
      ok + "<ListResourceRecordSetsResponse><ResourceRecordSets><ResourceRecordSet><Name>\\052.a.</"
           "Name>"
           "<TTL>300</TTL><ResourceRecords><ResourceRecord><Value>v</Value></ResourceRecord>"
           "</ResourceRecords></ResourceRecordSet></ResourceRecordSets>"
           "</ListResourceRecordSetsResponse>",
      ok +
          "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>"
          "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"
          "2026-11-21T13:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
      ok + "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>"
           "<member><EvalActionName>a:B</EvalActionName><EvalDecision>allowed</EvalDecision>"
           "</member></EvaluationResults><IsTruncated>true</IsTruncated><Marker>m</Marker>"
           "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>",
      bad + R"({"__type":"a#ValidationException:http://x","message":"m"})",
      bad +
          "<ErrorResponse><Error><Code>Throttling</Code><Message>m</Message></Error></"
          "ErrorResponse>",
      bad + "<InvalidChangeBatch><Messages><Message>m</Message></Messages></InvalidChangeBatch>",
      broken + "<!DOCTYPE html><html><body>&lt;</body></html>"};
}

// Every failure has a meaning, and a message that a terminal survives.
template <class T>
void check(const Result<T>& result) {
  if (result.ok()) return;
  const std::string& message = result.error().message();
  fuzz::require(message.size() < 4000 && printable(message) == message);
  fuzz::require(!name_of(result.error().code()).empty());
}

void check_all(ClientSettings settings) {
  const auto row = [](CertificateSummary&& summary, Instant) {
    fuzz::require(summary.certificate_arn.starts_with("arn:aws:acm:us-east-1:111122223333:"));
    return true;
  };
  const auto resource = [](std::string&& arn, Tags&&, Instant) {
    fuzz::require(arn.starts_with("arn:aws:acm:us-east-1:111122223333:"));
    return true;
  };
  const auto acm = make_acm(settings);
  check(acm->describe_certificate(kArn));
  check(acm->get_certificate(kArn));
  check(acm->list_tags_for_certificate(kArn));
  check(acm->search_certificates(row));
  const auto pca = make_acm_pca(settings);
  check(pca->describe_certificate_authority(kAuthority));
  check(pca->list_certificate_authorities());
  check(pca->list_permissions(kAuthority));
  check(make_tagging(settings)->get_resources("acm:certificate", {}, resource));
  const auto route53 = make_route53(settings);
  check(route53->list_hosted_zones());
  check(route53->find_record_set("Z", "a.", "CNAME"));
  check(route53->list_record_sets("Z"));
  check(
      make_iam(settings)->simulate_principal_policy({"arn:aws:iam::111122223333:user/x", {}, {}}));
  const auto sts = make_sts(settings);
  check(sts->get_caller_identity());
  check(sts->assume_role({}));
}

}  // namespace
}  // namespace certloop::aws

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::aws::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace certloop;
  if (size == 0) return 0;
  constexpr int kStatuses[] = {200, 400, 500, 403, 503, 302};
  net::HttpResponse answer;
  answer.status = kStatuses[data[0] % 6];
  answer.body = fuzz::text_of(data + 1, size - 1);
  aws::OneAnswer transport(std::move(answer));
  SimClock clock{Time(Duration(1'795'262'400'000))};
  aws::RateBudget budget(clock);
  aws::ClientSettings settings{transport, clock, budget, std::make_shared<aws::FixedCredentials>()};
  settings.account = "111122223333";
  settings.region = "us-east-1";
  aws::check_all(settings);
  return 0;
}
