// What AWS, or somebody in its place, answers in XML, and pages that are no XML.
#include "tests/fuzz/answers.h"

namespace certloop::aws {
namespace {

void ask(unsigned what, ClientSettings settings) {
  switch (what % 6) {
    case 0: return check(make_route53(settings)->list_hosted_zones());
    case 1: return check(make_route53(settings)->find_record_set("Z", "a.", "CNAME"));
    case 2: return check(make_route53(settings)->list_record_sets("Z"));
    case 3:
      return check(make_iam(settings)->simulate_principal_policy(
          {"arn:aws:iam::111122223333:user/x", {}, {}}));
    case 4: return check(make_sts(settings)->get_caller_identity());
    default: return check(make_sts(settings)->assume_role({}));
  }
}

std::vector<std::string> seeds() {
  const std::string sets =
      "<ListResourceRecordSetsResponse><ResourceRecordSets><ResourceRecordSet><Name>\\052.a.</Name>"
      "<TTL>300</TTL><ResourceRecords><ResourceRecord><Value>v</Value></ResourceRecord>"
      "</ResourceRecords></ResourceRecordSet></ResourceRecordSets>"
      "</ListResourceRecordSetsResponse>";
  const std::vector<std::string> bodies = {
      "<ListHostedZonesResponse><HostedZones><HostedZone><Id>/hostedzone/Z</Id><Name>a.</Name>"
      "</HostedZone></HostedZones><IsTruncated>true</IsTruncated><NextMarker>m</NextMarker>"
      "</ListHostedZonesResponse>",
      sets,
      sets,
      "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>"
      "<member><EvalActionName>a:B</EvalActionName><EvalDecision>allowed</EvalDecision>"
      "</member></EvaluationResults><IsTruncated>true</IsTruncated><Marker>m</Marker>"
      "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>",
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/x"
      "</Arn><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
      "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>"
      "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"
      "2026-11-21T13:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < bodies.size(); ++i)
    out.push_back(std::string{static_cast<char>(i), '\0'} + bodies[i]);
  out.push_back(std::string{'\3', '\1'} +
                "<ErrorResponse><Error><Code>Throttling</Code><Message>m</Message></Error>"
                "</ErrorResponse>");
  out.push_back(std::string{'\0', '\1'} +
                "<InvalidChangeBatch><Messages><Message>m</Message></Messages>"
                "</InvalidChangeBatch>");
  out.push_back(std::string{'\4', '\2'} + "<!DOCTYPE html><html><body>&lt;</body></html>");
  return out;
}

}  // namespace
}  // namespace certloop::aws

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::aws::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  certloop::aws::ask_one(data, size, certloop::aws::ask);
  return 0;
}
