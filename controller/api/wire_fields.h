#pragma once
// Private to this folder: the descriptions that several kinds share.
#include <memory>

#include "api/account.h"
#include "api/certificate.h"
#include "api/condition.h"
#include "api/object.h"
#include "api/pending.h"
#include "api/reference.h"
#include "api/wire_json.h"

namespace certloop::api {

inline const Words<Management> kManagement{{"Enforce", "Observe", "Suspended"}};

template <>
struct Fields<Reference> {
  static void list(auto& each) {
    each("name", &Reference::name);
    each("namespace", &Reference::space);
  }
};

template <>
struct Fields<SecretKeyReference> {
  static void list(auto& each) {
    each("name", &SecretKeyReference::name);
    each("key", &SecretKeyReference::key);
  }
};

template <>
struct Fields<AllowedNamespace> {
  static void list(auto& each) {
    using A = AllowedNamespace;
    each("names", &A::names);
    each("accountIds", &A::account_ids);
    each("regions", &A::regions);
    each("domains", &A::domains);
    each("hostedZones", &A::hosted_zones);
    each("authorities", &A::authorities);
  }
};

template <>
struct Fields<PendingCall> {
  static void list(auto& each) {
    using P = PendingCall;
    each("id", &P::id);
    each("call", &P::call);
    each("accountId", &P::account_id);
    each("request", &P::request);
    each("token", &P::token);
    each("firstSentAt", &P::first_sent);
    each("sentAt", &P::sent);
    each("missedAt", &P::missed);
    each("attempt", &P::attempt);
  }
};

// All six fields always stand there, as Kubernetes' readers expect of a condition.
template <>
struct Codec<Condition> {
  static void read(const Json& from, Condition& into, Fault& fault);
  static Json write(const Condition& condition);
};

// Spelled in wire_certificate.cpp; a Placement carries the same spec, and once more as applied.
template <>
struct Codec<CertificateRequestSpec> {
  static void read(const Json& from, CertificateRequestSpec& into, Fault& fault);
  static Json write(const CertificateRequestSpec& spec);
};

// Object to typed kind: the same for all of them.
template <class T>
Result<T> read_kind(const Object& object) {
  if (object.kind != T::kind)
    return Error(Code::internal,
                 fmt::format("{} is no {}", text_of(object.key()), info_of(T::kind).name));
  T typed;
  typed.meta = object.meta;
  Fault fault;
  const Json body = Json::parse(object.body.text(), nullptr, false);
  const Json status = Json::parse(object.status.text(), nullptr, false);
  if (!body.is_object() || status.is_discarded())
    return Error(Code::internal, text_of(object.key()) + ": must be JSON, and is broken");
  if (const auto spec = body.find("spec"); spec != body.end()) {
    fault.enter("spec");
    Codec<decltype(typed.spec)>::read(*spec, typed.spec, fault);
    fault.leave();
  }
  fault.enter("status");
  Codec<decltype(typed.status)>::read(status, typed.status, fault);
  if (!fault.text().empty())
    return Error(Code::internal, fmt::format("{}: {}", text_of(object.key()), fault.text()));
  return typed;
}

template <class T>
Object write_kind(const T& typed) {
  Object object;
  object.kind = T::kind;
  object.meta = typed.meta;
  const Json body = {{"spec", Codec<decltype(typed.spec)>::write(typed.spec)}};
  object.body = Document::from_canonical(dumped(body));
  object.status =
      Document::from_canonical(dumped(Codec<decltype(typed.status)>::write(typed.status)));
  return object;
}

}  // namespace certloop::api
