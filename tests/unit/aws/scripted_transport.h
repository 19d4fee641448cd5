#pragma once
// AWS as a test wants it: a transport that answers from a script, and what a client needs beside
// it.
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "aws/credentials.h"
#include "base/mutex.h"
#include "base/timestamp.h"
#include "net/http.h"

namespace certloop::aws {

// Answers in the order they were put in; a request too many finds nobody. Keeps every request as it
// was when it was sent.
class ScriptedTransport final : public net::Transport {
 public:
  using Answer = std::function<Result<net::HttpResponse>(const net::HttpRequest&)>;

  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token stop) override {
    Answer answer;
    {
      const Lock lock(mutex_);
      requests_.push_back(request);
      stoppable_.push_back(stop.stop_possible());
      if (answers_.empty()) return Error(Code::unavailable, "https://host: the script is over");
      answer = std::move(answers_.front());
      answers_.pop_front();
    }
    return answer(request);
  }

  void then(Answer answer) { answers_.push_back(std::move(answer)); }
  void then(int status, std::string body, net::Headers headers = {}) {
    then([=](const net::HttpRequest&) { return net::HttpResponse{status, headers, body}; });
  }
  void then_nothing() {
    then([](const net::HttpRequest&) -> Result<net::HttpResponse> {
      return Error(Code::unavailable, "https://host: connection reset");
    });
  }

  const std::vector<net::HttpRequest>& requests() const { return requests_; }
  const std::vector<bool>& stoppable() const { return stoppable_; }
  std::string target(std::size_t index) const {
    return net::header(requests_.at(index).headers, "X-Amz-Target").value_or("");
  }
  bool is_over() const { return answers_.empty(); }

 private:
  Mutex mutex_;
  std::deque<Answer> answers_;
  std::vector<net::HttpRequest> requests_;
  std::vector<bool> stoppable_;
};

// Gives out key 1, and after each invalidation the next one.
class NumberedCredentials final : public CredentialsProvider {
 public:
  Result<std::shared_ptr<const Credentials>> get() override {
    if (failure) return *failure;
    auto credentials = std::make_shared<Credentials>();
    credentials->access_key_id = "AKID" + std::to_string(number);
    credentials->secret_access_key = Secret("secret");
    return std::shared_ptr<const Credentials>(std::move(credentials));
  }
  void invalidate() override { ++number; }

  int number = 1;
  std::optional<Error> failure;
};

inline const Time kStart = *parse_rfc3339("2026-11-21T12:00:00Z");
inline const std::string kAccount = "111122223333";

// One account and region with its scripted AWS.
struct World {
  ScriptedTransport transport;
  SimClock clock{kStart};
  RateBudget budget{clock};
  std::shared_ptr<NumberedCredentials> credentials = std::make_shared<NumberedCredentials>();
  std::vector<std::string> reports;  // "acm DescribeCertificate ok"
  std::stop_source stop;

  ClientSettings settings() {
    ClientSettings settings{transport, clock, budget, credentials};
    settings.account = kAccount;
    settings.region = "us-east-1";
    settings.stop = stop.get_token();
    settings.observe = [this](const CallReport& report) {
      reports.push_back(
          report.service + " " + report.operation + " " +
          (report.error == nullptr ? "ok" : std::string(name_of(report.error->code()))) +
          (report.mutating ? " mutating" : ""));
    };
    return settings;
  }
};

inline net::Headers json_error(const std::string& name) {
  return {{"X-Amzn-ErrorType", name}, {"x-amzn-RequestId", "req-1"}};
}

}  // namespace certloop::aws
