#include "loop/references.h"

#include <algorithm>
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

template <class T>
std::vector<Key> named_in(const api::Object& object) {
  const auto typed = api::read<T>(object);
  if (!typed.ok()) return {};
  Names names(object.meta.space);
  name(names, typed->spec);
  return std::move(names).take();
}

}  // namespace

std::vector<Key> referred_by(const api::Object& object) {
  switch (object.kind) {
    case Kind::account: return named_in<api::Account>(object);
    case Kind::certificate_authority: return named_in<api::CertificateAuthority>(object);
    case Kind::certificate: return named_in<api::Certificate>(object);
    case Kind::placement: return named_in<api::Placement>(object);
    case Kind::hosted_zone: return named_in<api::HostedZone>(object);
    case Kind::secret:
    case Kind::event: return {};
  }
  return {};
}

std::vector<Key> concerned_by(const api::Object& object) {
  Names names(object.meta.space);
  for (const api::OwnerReference& owner : object.meta.owners)
    names.add_here(owner.kind, owner.name);
  if (object.kind == Kind::placement)
    if (const auto placement = api::read<api::Placement>(object); placement.ok())
      for (const auto& domain : placement->status.validation)
        if (const auto slash = domain.hosted_zone.find('/'); slash != std::string::npos)
          names.add(Kind::hosted_zone, api::Reference{domain.hosted_zone.substr(slash + 1),
                                                      domain.hosted_zone.substr(0, slash)});
  return std::move(names).take();
}

std::string account_of(const api::Object& object) {
  if (object.kind == Kind::account) return object.meta.space + '/' + object.meta.name;
  for (const Key& key : referred_by(object))
    if (key.kind == Kind::account) return key.space + '/' + key.name;
  return {};
}

}  // namespace certloop::loop
