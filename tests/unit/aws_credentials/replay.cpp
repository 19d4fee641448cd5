#include "replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <pugixml.hpp>

#include "base/text.h"

namespace certloop::aws {
namespace {

std::string comparable(const std::string& text) {
  net::Url url = net::Url::parse(text).value();
  auto parameters = split(url.query, '&');
  std::sort(parameters.begin(), parameters.end());
  url.query = join(parameters, "&");
  return url.text();
}

std::string endpoint_of(const StsTarget& target) {
  if (!target.endpoint_url.empty()) return target.endpoint_url;
  return fmt::format("https://sts{}.{}.{}/", target.use_fips ? "-fips" : "", target.region,
                     target.use_dualstack ? "api.aws" : "amazonaws.com");
}

class RecordedSts final : public Sts {
 public:
  RecordedSts(Replay& replay, StsTarget target) : replay_(replay), target_(std::move(target)) {}

  Result<CallerIdentity> get_caller_identity() override {
    return Error(Code::internal, "not recorded");
  }
  Result<Credentials> assume_role(const AssumeRoleRequest&) override {
    EXPECT_NE(target_.credentials, nullptr) << "AssumeRole must be signed";
    EXPECT_TRUE(target_.credentials && target_.credentials->get().ok());
    return ask();
  }
  Result<Credentials> assume_role_with_web_identity(const AssumeRoleRequest&,
                                                    const Secret& token) override {
    EXPECT_EQ(target_.credentials, nullptr) << "AssumeRoleWithWebIdentity must not be signed";
    EXPECT_FALSE(token.empty());
    return ask();
  }

 private:
  Result<Credentials> ask() {
    net::HttpRequest request;
    request.method = "POST";
    request.url = net::Url::parse(endpoint_of(target_)).value();
    net::HttpResponse response = TRY(replay_.send(request));
    if (response.status >= 500) response = TRY(replay_.send(request));
    if (response.status != 200) return Error(Code::denied, "STS refused");
    pugi::xml_document document;
    document.load_string(response.body.c_str());
    const auto found = document.select_node("//*[local-name()='Credentials']").node();
    EXPECT_TRUE(found) << response.body;
    return Credentials{
        found.child_value("AccessKeyId"), Secret(found.child_value("SecretAccessKey")),
        Secret(found.child_value("SessionToken")), parse_rfc3339(found.child_value("Expiration"))};
  }
  Replay& replay_;
  StsTarget target_;
};

}  // namespace

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_present(const std::string& folder) { return std::filesystem::exists(kShared + folder); }

void FakeEnvironment::mount(const std::string& folder) {
  if (!std::filesystem::exists(folder)) return;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files[entry.path().string().substr(folder.size())] = read_all(entry.path().string());
}

void Replay::load(const std::string& file) {
  const auto json = nlohmann::json::parse(read_all(file));
  std::map<int, Exchange> by_connection;
  for (const auto& event : json["events"]) {
    Exchange& exchange = by_connection[event["connection_id"].get<int>()];
    const auto& action = event["action"];
    if (action.contains("Request")) {
      const auto& request = action["Request"]["request"];
      exchange.method = request["method"];
      exchange.url = request["uri"];
      for (const auto& [name, values] : request["headers"].items())
        exchange.headers[lower(name)] = values[0];
    }
    if (action.contains("Response"))
      exchange.response.status = action["Response"]["response"]["Ok"]["status"];
    if (action.contains("Data") && action["Data"]["direction"] == "Response")
      exchange.response.body += action["Data"]["data"]["Utf8"].get<std::string>();
  }
  for (auto& [connection, exchange] : by_connection) exchanges_.push_back(std::move(exchange));
}

Result<net::HttpResponse> Replay::send(const net::HttpRequest& request, std::stop_token) {
  if (exchanges_.empty()) {
    ++surprises;
    EXPECT_TRUE(allow_surprises) << "unexpected " << request.method << ' ' << request.url.text();
    return Error(Code::unavailable, "nothing listens there");
  }
  const Exchange next = exchanges_.front();
  exchanges_.pop_front();
  EXPECT_EQ(request.method, next.method);
  EXPECT_EQ(comparable(request.url.text()), comparable(next.url));
  for (const char* name : {"x-amz-sso_bearer_token", "x-aws-ec2-metadata-token",
                           "x-aws-ec2-metadata-token-ttl-seconds"}) {
    const auto recorded = next.headers.find(name);
    EXPECT_EQ(net::header(request.headers, name).value_or(""),
              recorded == next.headers.end() ? "" : recorded->second)
        << name;
  }
  return next.response;
}

StsFactory recorded_sts(Replay& replay) {
  return [&replay](const StsTarget& target) -> Result<std::unique_ptr<Sts>> {
    return std::unique_ptr<Sts>(std::make_unique<RecordedSts>(replay, target));
  };
}

Result<ProcessOutput> play_program(const std::vector<std::string>& arguments) {
  if (arguments.at(0) == "exit") return ProcessOutput{std::stoi(arguments.at(1)), {}};
  EXPECT_EQ(arguments.at(0), "echo");
  const bool decodes = arguments.size() == 5 && arguments[3] == "base64";
  return ProcessOutput{0, Secret(decodes ? from_base64(arguments[1]).value() : arguments.at(1))};
}

}  // namespace certloop::aws
