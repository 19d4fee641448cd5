#pragma once
// The SDKs' recorded credential cases played back: variables, files and HTTP answers of a case.
#include <deque>
#include <nlohmann/json.hpp>
#include <string>

#include "machine.h"

namespace certloop::aws {

inline const std::string kShared = CERTLOOP_SOURCE_DIR "/../shared/data/";

std::string read_all(const std::string& path);
bool is_present(const std::string& folder);

// One request and its answer.
struct Exchange {
  std::string method, url;
  std::map<std::string, std::string> headers;  // names in lower case
  net::HttpResponse response;
};

// Plays a recorded case: a request that is not the next one recorded is a failure of the test, in
// method, URL (the order of query parameters aside) and the headers that carry tokens.
class Replay final : public net::Transport {
 public:
  void load(const std::string& file);
  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token = {}) override;
  std::size_t left() const { return exchanges_.size(); }
  // Lets requests beyond the recorded ones go unanswered, and counts them.
  bool allow_surprises = false;
  std::size_t surprises = 0;

 private:
  std::deque<Exchange> exchanges_;
};

// STS on top of the recorded traffic: the endpoint that a client would choose for the target is
// compared with the recorded one, and the answer's XML read.
StsFactory recorded_sts(Replay& replay);

// Programs as the recorded cases want them. They were recorded with a shell in between; certloop
// has none, so this plays the part of `echo TEXT | base64 --decode`, `exit N` and `echo TEXT`.
Result<ProcessOutput> play_program(const std::vector<std::string>& arguments);

}  // namespace certloop::aws
