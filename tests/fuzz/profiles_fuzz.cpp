// The shared config and credentials files: parsed, and every profile in them resolved.
#include <algorithm>

#include "aws/credentials_sources.h"
#include "aws/profile_chain.h"
#include "tests/fuzz/seeds.h"

namespace certloop::aws {
namespace {

// The two files stand in one input, a zero byte between them.
std::vector<std::string> seeds() {
  const std::string zero(1, '\0');
  return {
      "[default]\nregion = us-east-1\n[profile a]\nrole_arn = arn:aws:iam::1:role/r\n"
      "source_profile = b\nexternal_id = x # why\nduration_seconds = 3600\n" +
          zero + "[b]\naws_access_key_id = AKID\naws_secret_access_key = secret\n",
      "[profile s]\nsso_session = t\nsso_account_id = 1\nsso_role_name = R\n[sso-session t]\n"
      "sso_region = eu-west-1\nsso_start_url = https://x/start\n",
      "[profile \"a b\"]\ncredential_process = tool 'one two' \"three \\\" four\" five\\ six\n",
      "[profile a]\nservices = s\n[services s]\nacm =\n  endpoint_url = http://x ; y\n value\n",
      "[profile a]\r\nrole_arn = r\r\nsource_profile = a\r\n\tcontinued\r\n",
      "[profile a]\nrole_arn = r\nweb_identity_token_file = /t\n[profile c]\nrole_arn = r\n"
      "credential_source = Ec2InstanceMetadata\n[profile d]\nlogin_session = x\n"};
}

}  // namespace
}  // namespace certloop::aws

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::aws::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace certloop;
  const std::string_view text = fuzz::text_of(data, size);
  const auto middle = std::min(text.find('\0'), text.size());
  const auto rest = std::min(middle + 1, text.size());
  const auto parsed = aws::parse_profiles(text.substr(0, middle), text.substr(rest));
  if (!parsed) {
    fuzz::require(parsed.error().code() == Code::invalid);
    return 0;
  }
  for (const auto& [name, profile] : parsed->profiles) {
    for (const auto& [key, value] : profile.properties()) {
      fuzz::require(key != "aws_secret_access_key" && key != "aws_session_token");
      static_cast<void>(profile.nested(key, "endpoint_url"));
      static_cast<void>(aws::split_command(value).ok());
    }
    const auto chain = aws::resolve_profile(*parsed, name);
    // Nothing can be assumed more often than there are profiles.
    fuzz::require(!chain || chain->roles.size() <= parsed->profiles.size());
  }
  return 0;
}
