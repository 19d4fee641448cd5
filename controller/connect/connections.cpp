#include "connect/connections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/wire.h"
#include "aws/clients.h"
#include "aws/credentials_providers.h"
#include "aws/endpoints.h"
#include "aws/errors.h"
#include "aws/profile_settings.h"
#include "base/digest.h"
#include "base/text.h"
#include "connect/access.h"
#include "secrets/secret_object.h"

namespace certloop::connect {
namespace {

// What the Account itself names for the service; empty: nothing.
const std::string& named_endpoint(const api::Account& account, const std::string& service) {
  const auto own = account.spec.endpoints.find(service);
  return own != account.spec.endpoints.end() ? own->second : account.spec.endpoint_url;
}

aws::Circuit circuit_of(const api::Account& account, const std::string& region,
                        const std::string& service) {
  const std::string& named = named_endpoint(account, service);
  const std::string& space = account.meta.space;
  if (named.empty()) return {space + "/" + account.meta.name, region, service};
  return {space, region, service, named};
}

constexpr Duration kZonesYoung = std::chrono::minutes(1);
// An account of ten thousand certificates fails in all of them at once.
constexpr Duration kDoubtEvery = std::chrono::seconds(15);

// The services we speak to, as endpoints name them and as AWS_ENDPOINT_URL_* does.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kServices = {{
    {"acm", "ACM"},
    {"acm-pca", "ACM_PCA"},
    {"sts", "STS"},
    {"iam", "IAM"},
    {"route53", "ROUTE_53"},
    {"tagging", "RESOURCE_GROUPS_TAGGING_API"},
}};

// Puts the circuit breaker before every request to one endpoint.
class GuardedTransport final : public net::Transport {
 public:
  GuardedTransport(net::Transport& inner, aws::CircuitBreaker& breaker, aws::Circuit circuit)
      : inner_(inner), breaker_(breaker), circuit_(std::move(circuit)) {}

  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token stop) override {
    TRY(breaker_.allow(circuit_));
    auto response = inner_.send(request, stop);
    if (response.ok())
      breaker_.succeeded(circuit_);
    else if (response.error().code() == Code::unavailable)
      return breaker_.failed(circuit_, response.error());
    return response;
  }

 private:
  net::Transport& inner_;
  aws::CircuitBreaker& breaker_;
  const aws::Circuit circuit_;
};

// What clients of one account are made from.
struct Making {
  aws::ClientSettings settings;  // but for the region, the transport and the endpoint
  std::function<std::string(const std::string& service)> endpoint;
  std::function<aws::ServiceClock*(const std::string& service)> service_clock;
  std::function<aws::Circuit(const std::string& region, const std::string& service)> circuit;
  aws::CircuitBreaker& breaker;
  net::Transport& transport;
  const Clock& clock;
  std::string home_region;
  bool valid_in_every_region = false;
};

// One client of a service for each region, made when first asked for.
template <class Service>
struct PerRegion {
  struct Made {
    std::unique_ptr<GuardedTransport> transport;
    std::unique_ptr<Service> client;
  };
  std::map<std::string, Made> made;
};

class AccountConnection final : public Connection {
 public:
  explicit AccountConnection(Making making)
      : making_(std::move(making)), partition_(aws::partition_of(making_.home_region)) {}

  aws::Acm& acm(const std::string& region) override {
    return client(&AccountConnection::acm_, "acm", region, aws::make_acm);
  }
  aws::AcmPca& acm_pca(const std::string& region) override {
    return client(&AccountConnection::acm_pca_, "acm-pca", region, aws::make_acm_pca);
  }
  aws::Sts& sts(const std::string& region) override {
    return client(&AccountConnection::sts_, "sts", region, aws::make_sts);
  }
  aws::Tagging& tagging(const std::string& region) override {
    return client(&AccountConnection::tagging_, "tagging", region, aws::make_tagging);
  }
  aws::Route53& route53() override {
    return client(&AccountConnection::route53_, "route53", making_.home_region, aws::make_route53);
  }

  aws::Iam& iam() override {
    return client(&AccountConnection::iam_, "iam", making_.home_region, aws::make_iam);
  }

  Result<std::vector<aws::HostedZone>> hosted_zones() override {
    const Instant now = making_.clock.tick();
    {
      Lock lock(mutex_);
      if (zones_ && now - zones_read_ < kZonesYoung) return *zones_;
    }
    auto zones = TRY(route53().list_hosted_zones());
    Lock lock(mutex_);
    zones_ = zones;
    zones_read_ = now;
    return zones;
  }

  Result<std::string> account_id() override {
    {
      Lock lock(mutex_);
      if (!account_id_.empty()) return account_id_;
    }
    const auto identity = TRY(sts(making_.home_region).get_caller_identity());
    Lock lock(mutex_);
    account_id_ = identity.account;
    return account_id_;
  }

  bool valid_in_every_region() const override { return making_.valid_in_every_region; }

  const std::string& partition() const override { return partition_; }

 private:
  template <class Service, class Make>
  Service& client(PerRegion<Service> AccountConnection::*all, const std::string& service,
                  const std::string& region, Make make) {
    Lock lock(mutex_);
    auto& slot = (this->*all).made[region];
    if (!slot.client) {
      slot.transport = std::make_unique<GuardedTransport>(making_.transport, making_.breaker,
                                                          making_.circuit(region, service));
      const auto& base = making_.settings;
      aws::ClientSettings settings{*slot.transport, base.clock, base.budget, base.credentials};
      settings.account = base.account;
      settings.caller = base.caller;
      settings.is_proven = base.is_proven;
      settings.region = region;
      settings.fips = base.fips;
      settings.dual_stack = base.dual_stack;
      settings.endpoint_url = making_.endpoint(service);
      settings.service_clock = making_.service_clock(service);
      settings.stop = base.stop;
      settings.pace = base.pace;
      settings.observe = base.observe;
      slot.client = make(std::move(settings));
    }
    return *slot.client;
  }

  const Making making_;
  const std::string partition_;
  Mutex mutex_;
  PerRegion<aws::Acm> acm_ GUARDED_BY(mutex_);
  PerRegion<aws::AcmPca> acm_pca_ GUARDED_BY(mutex_);
  PerRegion<aws::Sts> sts_ GUARDED_BY(mutex_);
  PerRegion<aws::Tagging> tagging_ GUARDED_BY(mutex_);
  PerRegion<aws::Route53> route53_ GUARDED_BY(mutex_);
  PerRegion<aws::Iam> iam_ GUARDED_BY(mutex_);
  std::optional<std::vector<aws::HostedZone>> zones_ GUARDED_BY(mutex_);
  Instant zones_read_ GUARDED_BY(mutex_){};
  std::string account_id_ GUARDED_BY(mutex_);
};

}  // namespace

Result<void> admit_endpoint(const std::string& text, const std::string& service,
                            const std::vector<std::string>& allow_endpoints) {
  const net::Url url = TRY(net::Url::parse(text));
  if (net::is_loopback(url)) return {};
  const std::string port = !url.port.empty() ? url.port : url.scheme == "https" ? "443" : "80";
  const auto denied = [&](const std::string& why) {
    return Error(Code::denied, fmt::format("endpoint {}: {}", printable(text), why))
        .because("EndpointNotAllowed");
  };
  if (url.scheme != "https") return denied("plain http is allowed to loopback only; use https");
  const std::string authority = url.host + ':' + port;
  if (std::find(allow_endpoints.begin(), allow_endpoints.end(), authority) != allow_endpoints.end())
    return {};
  for (const auto& [name, variable] : kServices)
    if (port == "443" && (service.empty() || service == name) &&
        aws::is_service_host(name, url.host))
      return {};
  return denied(
      "it is neither loopback nor AWS's own host for the service; the operator may "
      "allow it by --allow-endpoint " +
      authority);
}

std::string Connections::endpoint(const api::Account& account, const std::string& service) const {
  if (const std::string& named = named_endpoint(account, service); !named.empty()) return named;
  if (aws::is_true(edges_.environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) return "";
  for (const auto& [name, variable] : kServices)
    if (name == service)
      if (auto url =
              aws::set_variable(edges_.environment, "AWS_ENDPOINT_URL_" + std::string(variable)))
        return *url;
  return aws::set_variable(edges_.environment, "AWS_ENDPOINT_URL").value_or("");
}

aws::ServiceClock* Connections::clock_for(const api::Account& account,
                                          const std::string& service) const {
  const std::string& named = named_endpoint(account, service);
  if (named.empty()) return edges_.service_clock;
  const auto url = net::Url::parse(named);
  const bool is_aws =
      url.ok() && url->scheme == "https" && aws::is_service_host(service, url->host);
  return is_aws ? edges_.service_clock : nullptr;
}

Result<Connections::Hosts> Connections::hosts(const api::Account& account) const {
  const auto& authentication = account.spec.authentication;
  aws::ProfileSet profiles;
  std::string profile;
  if (!authentication.access_key) {
    profiles = TRY(aws::load_profiles(edges_.environment));
    profile = authentication.profile.value_or(aws::selected_profile(edges_.environment));
  }
  const auto told = aws::service_settings(edges_.environment, profiles, profile, "");
  return Hosts{told.use_fips, told.use_dualstack};
}

bool Connections::is_valid_in_every_region(const api::Account& account) const {
  // Without an endpoint of its own, STS is asked in the account's first region.
  if (account.spec.assume_role) return endpoint(account, "sts").empty();
  const auto& access = account.spec.authentication.access_key;
  return access && !access->session_token_ref;
}

// Which permissions the credentials have is another question (PermissionsGranted): ACM and Private
// CA deny a call by AccessDeniedException. AccessDenied is the word of STS for a role that may not
// be assumed; where Route 53 uses it, the Account is asked about in vain, which costs one call.
bool is_about_account(const Error& error) {
  if (error.code() == Code::unavailable) return !error.answer();
  return error.code() == Code::denied &&
         (!error.answer() || error.answer()->code == "AccessDenied" ||
          aws::is_about_credentials(error) || aws::is_about_time(error));
}

void Connections::report(const api::Key& account, const aws::CallReport& call) {
  if (edges_.observe) edges_.observe(call);
  // What STS says is what the Account's own check asks for.
  if (!edges_.doubt || call.error == nullptr || call.service == "sts" ||
      !is_about_account(*call.error))
    return;
  {
    const Instant now = edges_.clock.tick();
    Lock lock(mutex_);
    const auto [last, first] = doubted_.try_emplace(account, now);
    if (!first && now - last->second < kDoubtEvery) return;
    last->second = now;
  }
  edges_.doubt(account);
}

aws::ClientSettings Connections::settings(const api::Account& account, const std::string& region) {
  aws::ClientSettings settings{edges_.transport, edges_.clock, edges_.budget, nullptr};
  settings.account = account_id_of(account);
  settings.caller = account.meta.uid;
  settings.is_proven = settings.account == account.status.account_id;
  settings.region = region;
  settings.stop = edges_.stop;
  settings.pace = edges_.pace;
  settings.observe = [this, key = account.key()](const aws::CallReport& call) {
    report(key, call);
  };
  return settings;
}

Result<std::shared_ptr<aws::CredentialsProvider>> Connections::credentials(
    const store::Store& store, const api::Account& account, std::string& digest) {
  const auto& authentication = account.spec.authentication;
  const std::string& region = account.spec.regions.front();
  const aws::CredentialsEdges edges{
      edges_.environment, edges_.link_local, edges_.clock, edges_.random,
      [this, account](const aws::StsTarget& target) -> Result<std::unique_ptr<aws::Sts>> {
        aws::ClientSettings sts = settings(account, target.region);
        sts.account.clear();  // a role's session may be another account's
        sts.credentials = target.credentials;
        sts.endpoint_url =
            target.endpoint_url.empty() ? endpoint(account, "sts") : target.endpoint_url;
        if (target.endpoint_url.empty()) sts.service_clock = clock_for(account, "sts");
        const Hosts told = TRY(hosts(account));
        sts.fips = target.use_fips || told.fips;
        sts.dual_stack = target.use_dualstack || told.dual_stack;
        return aws::make_sts(std::move(sts));
      }};
  std::shared_ptr<aws::CredentialsProvider> provider;
  if (const auto& access = authentication.access_key) {
    const std::string& space = account.meta.space;
    aws::Credentials given;
    given.access_key_id = access->access_key_id;
    given.secret_access_key =
        TRY(secrets::read_secret_key(store, space, access->secret_access_key_ref));
    if (access->session_token_ref)
      given.session_token = TRY(secrets::read_secret_key(store, space, *access->session_token_ref));
    digest +=
        sha256_hex(given.secret_access_key.reveal()) + sha256_hex(given.session_token.reveal());
    provider = aws::static_credentials(std::move(given));
  } else {
    const auto& spaces = policy_.ambient_namespaces;
    if (spaces && std::find(spaces->begin(), spaces->end(), account.meta.space) == spaces->end())
      return Error(Code::denied,
                   fmt::format("{}: spec.authentication uses the controller's own identity, which "
                               "the operator does not allow in namespace {} "
                               "(--ambient-namespaces)",
                               text_of(account.key()), account.meta.space))
          .because("AmbientCredentialsNotAllowed");
    provider = authentication.profile ? aws::profile_credentials(edges, *authentication.profile)
                                      : aws::default_credentials(edges);
  }
  if (const auto& role = account.spec.assume_role) {
    aws::AssumeRoleRequest request;
    request.role_arn = role->role_arn;
    request.role_session_name = role->session_name.empty() ? "certloop" : role->session_name;
    // With the controller's own identity the external id is not the spec's to choose: it names the
    // object, so that no namespace can borrow another's role (SECURITY).
    request.external_id =
        authentication.access_key
            ? role->external_id
            : policy_.installation + "/" + account.meta.space + "/" + account.meta.name;
    provider = aws::role_credentials(edges, {provider, region, endpoint(account, "sts")},
                                     std::move(request));
  }
  return provider;
}

void Connections::forget(const api::Account& account) {
  Lock lock(mutex_);
  kept_.erase(account.meta.uid);
}

Result<std::shared_ptr<Connection>> Connections::open(const store::Store& store,
                                                      const api::Account& account) {
  if (const auto it = policy_.not_called.find(account.key()); it != policy_.not_called.end())
    return Error(Code::denied, it->second).because("SourceNotTrusted");
  if (!account.spec.endpoint_url.empty())
    TRY(admit_endpoint(account.spec.endpoint_url, "", policy_.allow_endpoints));
  for (const auto& [service, url] : account.spec.endpoints)
    TRY(admit_endpoint(url, service, policy_.allow_endpoints));
  std::string digest = api::write(account).body.text() + account.status.account_id;
  auto provider = TRY(credentials(store, account, digest));
  digest = sha256_hex(digest);
  Lock lock(mutex_);
  Kept& kept = kept_[account.meta.uid];
  if (kept.connection && kept.digest == digest) return kept.connection;
  aws::ClientSettings base = settings(account, account.spec.regions.front());
  const Hosts told = TRY(hosts(account));
  base.fips = told.fips;
  base.dual_stack = told.dual_stack;
  edges_.budget.declare(base.caller, account.spec.rates);
  base.credentials = std::move(provider);
  kept.digest = digest;
  kept.connection = std::make_shared<AccountConnection>(
      Making{std::move(base),
             [this, account](const std::string& service) { return endpoint(account, service); },
             [this, account](const std::string& service) { return clock_for(account, service); },
             [account](const std::string& region, const std::string& service) {
               return circuit_of(account, region, service);
             },
             edges_.breaker, edges_.transport, edges_.clock, account.spec.regions.front(),
             is_valid_in_every_region(account)});
  return kept.connection;
}

}  // namespace certloop::connect
