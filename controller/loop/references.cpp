#include "loop/references.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "api/wire.h"

namespace certloop::loop {
namespace {

using api::Key;
using api::Kind;

// The keys named so far, each once, in the order of their first mention.
class Names {
 public:
  explicit Names(std::string space) : space_(std::move(space)) {}

  void add(Kind kind, const api::Reference& reference) {
    add(kind, api::space_of(reference, space_), reference.name);
  }
  void add_here(Kind kind, const std::string& name) { add(kind, space_, name); }
  std::vector<Key> take() && { return std::move(keys_); }

 private:
  void add(Kind kind, const std::string& space, const std::string& name) {
    if (name.empty()) return;
    Key key{kind, space, name};
    if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) keys_.push_back(std::move(key));
  }
  std::string space_;
  std::vector<Key> keys_;
};

void name(Names& names, const api::AccountSpec& spec) {
  if (!spec.authentication.access_key) return;
  const api::AccessKey& access = *spec.authentication.access_key;
  names.add_here(Kind::secret, access.secret_access_key_ref.name);
  if (access.session_token_ref) names.add_here(Kind::secret, access.session_token_ref->name);
}

void name(Names& names, const api::CertificateAuthoritySpec& spec) {
  names.add(Kind::account, spec.acm_pca.account_ref);
}

void name(Names& names, const api::CertificateRequestSpec& spec) {
  names.add(Kind::account, spec.account_ref);
  if (spec.issuer.authority)
    names.add(Kind::certificate_authority, spec.issuer.authority->authority);
  if (spec.issuer.imported && spec.issuer.imported->secret_name)
    names.add_here(Kind::secret, *spec.issuer.imported->secret_name);
  if (spec.issuer.amazon)
    for (const auto& zone : spec.issuer.amazon->hosted_zones)
      names.add(Kind::account, zone.account_ref);
}

void name(Names& names, const api::HostedZoneSpec& spec) {
  names.add(Kind::account, spec.account_ref);
}

Names owners_of(const api::Metadata& meta) {
  Names names(meta.space);
  for (const api::OwnerReference& owner : meta.owners) names.add_here(owner.kind, owner.name);
  return names;
}

template <class T>
Links links_by(const T& typed) {
  Names names(typed.meta.space);
  name(names, typed.spec);
  Links links{std::move(names).take(), owners_of(typed.meta).take(), {}};
  const auto account = std::find_if(links.refers.begin(), links.refers.end(),
                                    [](const Key& key) { return key.kind == Kind::account; });
  if (account != links.refers.end()) links.account = account->space + '/' + account->name;
  return links;
}

Links links_from(const api::Account& account) {
  Links links = links_by(account);
  links.account = account.meta.space + '/' + account.meta.name;
  return links;
}
Links links_from(const api::CertificateAuthority& authority) { return links_by(authority); }
Links links_from(const api::Certificate& certificate) { return links_by(certificate); }
Links links_from(const api::HostedZone& zone) { return links_by(zone); }

Links links_from(const api::Placement& placement) {
  Links links = links_by(placement);
  Names concerned = owners_of(placement.meta);
  for (const auto& domain : placement.status.validation)
    if (const auto slash = domain.hosted_zone.find('/'); slash != std::string::npos)
      concerned.add(Kind::hosted_zone, api::Reference{domain.hosted_zone.substr(slash + 1),
                                                      domain.hosted_zone.substr(0, slash)});
  links.concerns = std::move(concerned).take();
  return links;
}

template <class T>
Links links_in(const api::Object& object) {
  const auto typed = api::read<T>(object);
  if (!typed.ok()) return {{}, owners_of(object.meta).take(), {}};
  return links_from(*typed);
}

}  // namespace

Links links_of(const api::Placement& placement) { return links_from(placement); }

Links links_of(const api::Object& object) {
  switch (object.kind) {
    case Kind::account: return links_in<api::Account>(object);
    case Kind::certificate_authority: return links_in<api::CertificateAuthority>(object);
    case Kind::certificate: return links_in<api::Certificate>(object);
    case Kind::placement: return links_in<api::Placement>(object);
    case Kind::hosted_zone: return links_in<api::HostedZone>(object);
    case Kind::zone_record:
    case Kind::secret:
    case Kind::event: return {{}, owners_of(object.meta).take(), {}};
  }
  return {};
}

namespace {

// Whether it has anything in AWS through what it refers to, or may have: an ARN, an open call.
bool has_something(const api::Object& object) {
  const auto status = nlohmann::json::parse(object.status.text(), nullptr, false);
  if (!status.is_object()) return false;
  const auto holds = [&](const char* name) {
    const auto it = status.find(name);
    return it != status.end() && !it->empty() && *it != "";
  };
  return holds("arn") || holds("pending") || holds("previous");
}

}  // namespace

bool holds_up(const api::Object& user, const Key& named) {
  return user.meta.space == named.space || has_something(user);
}

Result<std::map<Key, std::vector<Key>>> users_of(const store::Store& store,
                                                 const std::set<Key>& objects) {
  constexpr std::array kUsers = {Kind::account, Kind::certificate_authority, Kind::certificate,
                                 Kind::placement};
  std::map<Key, std::vector<Key>> users;
  if (objects.empty()) return users;
  for (const Kind kind : kUsers) {
    store::Selector selector{.kind = kind};
    do {
      const store::Listing page = TRY(store.list(selector));
      for (const auto& object : page.objects)
        for (const Key& named : links_of(object).refers)
          if (objects.contains(named) && holds_up(object, named))
            users[named].push_back(object.key());
      selector.after = page.more;
    } while (!selector.after.empty());
  }
  return users;
}

}  // namespace certloop::loop
