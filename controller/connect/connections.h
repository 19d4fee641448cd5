#pragma once
// Accounts made into clients: credentials resolved, endpoints chosen, budgets and circuit breakers
// attached. A connection is kept for as long as the account's spec and Secrets stay the same.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "api/account.h"
#include "aws/circuit_breaker.h"
#include "aws/client.h"
#include "aws/credentials_environment.h"
#include "aws/rate_budget.h"
#include "base/mutex.h"
#include "base/random.h"
#include "connect/connection.h"
#include "store/store.h"

namespace certloop::connect {

// What the operator decides, beside the specs (SECURITY, "Credentials and endpoints").
struct Policy {
  std::string installation = "default";
  std::string controller_name = "default";
  // Namespaces whose accounts may use the controller's own identity (defaultChain, profile).
  // Absent: all, as fits an operator at his own state.
  std::optional<std::vector<std::string>> ambient_namespaces;
  std::vector<std::string> allow_endpoints;  // HOST:PORT, besides loopback and AWS's own
  // Certificates and CAs with our owner tag and another uid belong to another state or to a lost
  // one; only the operator knows which. True: they are taken over (PROTOCOLS 0, "Taking over").
  bool take_over_lost_state = false;
  // Accounts and CertificateAuthorities that nothing is asked of, and why: those that a file brings
  // which nobody has approved yet.
  std::map<api::Key, std::string> not_called = {};
};

// What connections reach the world through; all of it outlives them.
struct Edges {
  net::Transport& transport;
  // For the container's and the instance's credential endpoints, which are link-local.
  net::Transport& link_local;
  const Clock& clock;  // AWS's, where there is a service_clock
  Random& random;
  aws::RateBudget& budget;
  aws::CircuitBreaker& breaker;
  const aws::CredentialsEnvironment& environment;
  std::stop_token stop = {};
  std::function<Result<void>(Instant until)> pace = {};      // aws/client.h
  std::function<void(const aws::CallReport&)> observe = {};  // aws/client.h
  // Told that a call through this Account failed in a way that concerns all of its calls:
  // credentials that AWS refuses or that cannot be had, or no answer. At once, then at most every
  // 15 seconds for each Account; from the thread that made the call.
  std::function<void(const api::Key& account)> doubt = {};
  aws::ServiceClock* service_clock = nullptr;  // told AWS's time
};

// Whether the failure of one call says something about the Account that it was made through.
bool is_about_account(const Error& error);

// Whether a spec may name this URL as the endpoint of `service` (empty: of all services).
// Errors: denied (plain http beyond loopback, a foreign host), invalid (no URL), with the remedy.
Result<void> admit_endpoint(const std::string& url, const std::string& service,
                            const std::vector<std::string>& allow_endpoints);

// Safe for concurrent use.
class Connections {
 public:
  Connections(Edges edges, Policy policy) : edges_(std::move(edges)), policy_(std::move(policy)) {}

  // Errors: denied (the operator does not allow the method or the endpoint), invalid (the Secret
  // lacks the key), not_found (no such Secret): each with its condition's reason.
  Result<std::shared_ptr<Connection>> open(const store::Store& store, const api::Account& account);

  // The next open() makes a new one: credentials, identity and zones are asked for afresh.
  void forget(const api::Account& account);

  const Policy& policy() const { return policy_; }

 private:
  struct Kept {
    std::string digest;  // of all that the connection was made from
    std::shared_ptr<Connection> connection;
  };

  Result<std::shared_ptr<aws::CredentialsProvider>> credentials(const store::Store& store,
                                                                const api::Account& account,
                                                                std::string& digest);
  std::string endpoint(const api::Account& account, const std::string& service) const;
  // Null where the Account names a host for it that is not AWS's own.
  aws::ServiceClock* clock_for(const api::Account& account, const std::string& service) const;
  bool is_valid_in_every_region(const api::Account& account) const;
  // Which of AWS's hosts the environment asks for, or, where the account uses the controller's own
  // identity, the profile. Errors: denied (the profiles cannot be read).
  struct Hosts {
    bool fips = false, dual_stack = false;
  };
  Result<Hosts> hosts(const api::Account& account) const;
  aws::ClientSettings settings(const api::Account& account, const std::string& region);
  void report(const api::Key& account, const aws::CallReport& call);

  const Edges edges_;
  const Policy policy_;
  Mutex mutex_;
  std::map<std::string, Kept> kept_ GUARDED_BY(mutex_);     // by the account's uid
  std::map<api::Key, Instant> doubted_ GUARDED_BY(mutex_);  // when that was last told
};

}  // namespace certloop::connect
