#include "main_store.h"

#include "api/wire.h"
#include "net/http.h"
#include "schema/field.h"
#include "schema/schema.h"

namespace certloop {
namespace {

// The operator's leave for endpoints is checked where specs come in (admit) and again before every
// connection; a stored Account must stay writable whatever flags the next command has.
std::vector<std::string> endpoints_named_in(const api::Object& object) {
  std::vector<std::string> all;
  const auto account = api::read<api::Account>(object);
  if (!account.ok()) return all;
  const auto add = [&](const std::string& text) {
    if (const auto url = net::Url::parse(text); url.ok())
      all.push_back(url->host + ':' +
                    (!url->port.empty()       ? url->port
                     : url->scheme == "https" ? "443"
                                              : "80"));
  };
  add(account->spec.endpoint_url);
  for (const auto& [service, url] : account->spec.endpoints) add(url);
  return all;
}

}  // namespace

Result<api::Object> admitted(api::Object wanted, const api::Object* old) {
  wanted.body = schema::with_defaults(wanted.kind, wanted.body);
  schema::Context context;
  context.old = old;
  if (wanted.kind == api::Kind::account) context.allowed_endpoints = endpoints_named_in(wanted);
  if (const auto faults = schema::validate(wanted, context); !faults.empty())
    return schema::refusal(wanted.key(), faults);
  return wanted;
}

store::ListType list_type(api::Kind kind, std::string_view path) {
  std::string plain(path);
  for (auto at = plain.find("[]"); at != std::string::npos; at = plain.find("[]"))
    plain.erase(at, 2);
  const schema::Field* field = schema::find_field(kind, plain);
  if (field == nullptr) return {};
  switch (field->list_type) {
    case schema::Field::ListType::set: return {store::ListType::Form::set, {}};
    case schema::Field::ListType::map: return {store::ListType::Form::map, field->list_keys};
    case schema::Field::ListType::atomic: break;
  }
  return {};
}

}  // namespace certloop
