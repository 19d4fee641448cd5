#pragma once
// A machine that the tests make up: variables, files, programs, what answers HTTP, and an STS.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "aws/credentials_providers.h"
#include "base/timestamp.h"

namespace certloop::aws {

inline Time at(const std::string& text) { return parse_rfc3339(text).value(); }

class FakeEnvironment final : public CredentialsEnvironment {
 public:
  std::optional<std::string> variable(const std::string& name) const override {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }
  std::string home_directory() const override { return home; }
  Platform platform() const override { return system; }
  Result<Secret> read_file(const std::string& path) const override {
    const auto found = files.find(path);
    if (found == files.end()) return Error(Code::not_found, "no such file");
    return Secret(found->second);
  }
  Result<ProcessOutput> run(const std::vector<std::string>& arguments, Duration) const override {
    return program(arguments);
  }

  // Mounts a folder of the real disk at the root.
  void mount(const std::string& folder);

  std::map<std::string, std::string> variables{{"HOME", "/home"}};
  std::map<std::string, std::string> files;
  std::string home = "/by/record";
  Platform system = Platform::posix;
  std::function<Result<ProcessOutput>(const std::vector<std::string>&)> program = [](const auto&) {
    return Error(Code::not_found, "no such program");
  };
};

// Answers with a function and keeps what was asked.
class FakeTransport final : public net::Transport {
 public:
  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token = {}) override {
    asked.push_back(request);
    return answer(request);
  }

  std::vector<net::HttpRequest> asked;
  std::function<Result<net::HttpResponse>(const net::HttpRequest&)> answer =
      [](const net::HttpRequest&) { return Error(Code::unavailable, "nothing listens there"); };
};

// One call of STS and what it was made with.
struct StsCall {
  std::string operation, key_id, region, endpoint_url, token;
  AssumeRoleRequest request;
};

// A machine with everything on it. STS answers with keys that name the role and lives an hour.
class Machine {
 public:
  CredentialsEdges edges() {
    return {environment, transport, clock, random,
            [this](const StsTarget& target) -> Result<std::unique_ptr<Sts>> {
              return std::unique_ptr<Sts>(std::make_unique<RecordingSts>(*this, target));
            }};
  }

  FakeEnvironment environment;
  FakeTransport transport;
  SimClock clock{at("2026-03-01T00:00:00Z")};
  SeededRandom random{7};
  std::vector<StsCall> sts_calls;
  std::optional<Error> sts_refuses;

 private:
  class RecordingSts final : public Sts {
   public:
    RecordingSts(Machine& machine, StsTarget target)
        : machine_(machine), target_(std::move(target)) {}
    Result<CallerIdentity> get_caller_identity() override {
      return Error(Code::internal, "not used here");
    }
    Result<Credentials> assume_role(const AssumeRoleRequest& request) override {
      return answer("AssumeRole", request, "");
    }
    Result<Credentials> assume_role_with_web_identity(const AssumeRoleRequest& request,
                                                      const Secret& token) override {
      return answer("AssumeRoleWithWebIdentity", request, std::string(token.reveal()));
    }

   private:
    Result<Credentials> answer(const std::string& operation, const AssumeRoleRequest& request,
                               const std::string& token) {
      const std::string key =
          target_.credentials ? target_.credentials->get().value()->access_key_id : "";
      machine_.sts_calls.push_back(
          {operation, key, target_.region, target_.endpoint_url, token, request});
      if (machine_.sts_refuses) return *machine_.sts_refuses;
      return Credentials{"ASIA" + request.role_arn, Secret("secret of the role"), Secret("token"),
                         machine_.clock.now() + std::chrono::hours(1)};
    }
    Machine& machine_;
    StsTarget target_;
  };
};

inline net::HttpResponse ok(const std::string& body) { return {200, {}, body}; }

}  // namespace certloop::aws
