#pragma once
// What fuzz targets of AWS's answers share: one answer to every request, and clients that ask.
#include <memory>
#include <utility>

#include "aws/clients.h"
#include "base/text.h"
#include "tests/fuzz/seeds.h"

namespace certloop::aws {

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

// Every failure has a meaning, and a message that a terminal survives.
template <class T>
void check(const Result<T>& result) {
  if (result.ok()) return;
  const std::string& message = result.error().message();
  fuzz::require(message.size() < 4000 && printable(message) == message);
  fuzz::require(!name_of(result.error().code()).empty());
}

// The first byte of an input says what is asked, the second the status, and the rest is the body.
// One question for each input: asking all of them is fourteen times as slow.
template <class Ask>
void ask_one(const std::uint8_t* data, std::size_t size, const Ask& ask) {
  if (size < 2) return;
  constexpr int kStatuses[] = {200, 400, 500, 403, 503, 302};
  net::HttpResponse answer;
  answer.status = kStatuses[data[1] % 6];
  answer.body = fuzz::text_of(data + 2, size - 2);
  OneAnswer transport(std::move(answer));
  static const SimClock clock{Time(Duration(1'795'262'400'000))};
  static const auto credentials = std::make_shared<FixedCredentials>();
  RateBudget budget(clock);
  ClientSettings settings{transport, clock, budget, credentials};
  settings.account = "111122223333";
  settings.region = "us-east-1";
  ask(data[0], std::move(settings));
}

}  // namespace certloop::aws
