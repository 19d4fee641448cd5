#include "emulated.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "base/digest.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "pki/issue.h"

namespace certloop::emulator {

net::HttpRequest Emulated::signed_request(const std::string& service, net::HttpRequest request,
                                          std::optional<Time> now) const {
  const std::string stamp = iso8601_basic(now.value_or(emulator.now()));
  const std::string scope = stamp.substr(0, 8) + '/' + region + '/' + service + "/aws4_request";
  net::set_header(request.headers, "Host", request.url.authority());
  net::set_header(request.headers, "X-Amz-Date", stamp);
  if (!caller.token.empty()) {
    net::set_header(request.headers, "X-Amz-Security-Token", caller.token);
  }
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : request.headers) headers[lower(name)] = value;
  std::string lines, names;
  for (const auto& [name, value] : headers) {
    lines += name + ':' + value + '\n';
    names += (names.empty() ? "" : ";") + name;
  }
  std::vector<std::string> query;
  if (!request.url.query.empty()) query = split(request.url.query, '&');
  std::sort(query.begin(), query.end());
  const std::string canonical = request.method + '\n' + request.url.path + '\n' + join(query, "&") +
                                '\n' + lines + '\n' + names + '\n' + sha256_hex(request.body);
  std::string key = hmac_sha256("AWS4" + caller.secret, stamp.substr(0, 8));
  for (const std::string& part : {region, service, std::string("aws4_request")}) {
    key = hmac_sha256(key, part);
  }
  const std::string signature = to_hex(
      hmac_sha256(key, "AWS4-HMAC-SHA256\n" + stamp + '\n' + scope + '\n' + sha256_hex(canonical)));
  net::set_header(request.headers, "Authorization",
                  "AWS4-HMAC-SHA256 Credential=" + caller.access_key_id + '/' + scope +
                      ", SignedHeaders=" + names + ", Signature=" + signature);
  return request;
}

net::HttpRequest Emulated::json_request(const std::string& service, const std::string& prefix,
                                        const std::string& operation, const Json& input) const {
  net::HttpRequest request;
  request.method = "POST";
  request.url = {"https", service + '.' + region + ".amazonaws.com", "", "/", ""};
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", prefix + '.' + operation}};
  request.body = input.dump();
  return signed_request(service, request);
}

namespace {

Outcome json_outcome(net::HttpResponse response) {
  Outcome outcome;
  outcome.status = response.status;
  outcome.json = response.body.empty() ? Json() : Json::parse(response.body, nullptr, false);
  if (outcome.status != 200 && outcome.json.is_object()) {
    outcome.code = outcome.json.value("__type", "");
    outcome.message = outcome.json.value("message", outcome.json.value("Message", ""));
  }
  outcome.response = std::move(response);
  return outcome;
}

Outcome xml_outcome(net::HttpResponse response) {
  Outcome outcome;
  outcome.status = response.status;
  if (outcome.status >= 300) {
    outcome.code = xml_text(response.body, "Code");
    outcome.message = xml_text(response.body, "Message");
  }
  outcome.response = std::move(response);
  return outcome;
}

}  // namespace

Outcome Emulated::acm(const std::string& operation, const Json& input) {
  return json_outcome(emulator.handle(json_request("acm", "CertificateManager", operation, input)));
}

Outcome Emulated::pca(const std::string& operation, const Json& input) {
  return json_outcome(emulator.handle(json_request("acm-pca", "ACMPrivateCA", operation, input)));
}

Outcome Emulated::tagging(const std::string& operation, const Json& input) {
  return json_outcome(emulator.handle(
      json_request("tagging", "ResourceGroupsTaggingAPI_20170126", operation, input)));
}

Outcome Emulated::sts(const std::string& form) {
  net::HttpRequest request;
  request.method = "POST";
  request.url = {"https", "sts." + region + ".amazonaws.com", "", "/", ""};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = form + "&Version=2011-06-15";
  return xml_outcome(emulator.handle(signed_request("sts", request)));
}

Outcome Emulated::iam(const std::string& form) {
  net::HttpRequest request;
  request.method = "POST";
  request.url = {"https", "iam.amazonaws.com", "", "/", ""};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = form + "&Version=2010-05-08";
  const std::string home = region;
  region = "us-east-1";
  request = signed_request("iam", request);
  region = home;
  return xml_outcome(emulator.handle(request));
}

Outcome Emulated::route53(const std::string& method, const std::string& path,
                          const std::string& body) {
  const auto mark = path.find('?');
  net::HttpRequest request;
  request.method = method;
  request.url = {"https", "route53.amazonaws.com", "", path.substr(0, mark),
                 mark == std::string::npos ? "" : path.substr(mark + 1)};
  request.headers = {{"Content-Type", "application/xml"}};
  request.body = body;
  const std::string home = region;
  region = "us-east-1";
  request = signed_request("route53", request);
  region = home;
  return xml_outcome(emulator.handle(request));
}

net::HttpResponse Emulated::control(const std::string& method, const std::string& path,
                                    const Json& body) {
  net::HttpRequest request;
  request.method = method;
  request.url = {"http", "127.0.0.1", "4599", "/_certloop" + path, ""};
  if (method == "POST") request.body = body.dump();
  return emulator.handle(request);
}

Json Emulated::describe(const std::string& arn) {
  return acm("DescribeCertificate", {{"CertificateArn", arn}}).json.value("Certificate", Json());
}

void Emulated::put_record(const std::string& zone, const std::string& name, const std::string& type,
                          const std::string& value, const std::string& action) {
  const Outcome zones = route53("GET", "/2013-04-01/hostedzonesbyname?dnsname=" + zone);
  const std::string id = xml_text(zones.response.body, "Id");
  const Outcome changed = route53(
      "POST", "/2013-04-01" + id + "/rrset/",
      "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">"
      "<ChangeBatch><Changes><Change><Action>" +
          action + "</Action><ResourceRecordSet><Name>" + name + "</Name><Type>" + type +
          "</Type><TTL>300</TTL><ResourceRecords><ResourceRecord><Value>" + value +
          "</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes>"
          "</ChangeBatch></ChangeResourceRecordSetsRequest>");
  if (!changed.ok()) throw std::runtime_error(changed.response.body);
}

std::string Emulated::request(const std::string& name, const Json& more) {
  Json input = {{"DomainName", name}, {"ValidationMethod", "DNS"}};
  input.update(more);
  const Outcome outcome = acm("RequestCertificate", input);
  if (!outcome.ok()) throw std::runtime_error(outcome.response.body);
  return outcome.json.at("CertificateArn");
}

void Emulated::put_validation_records(const std::string& arn, const std::string& zone) {
  const Json certificate = describe(arn);
  for (const Json& option : certificate.at("DomainValidationOptions")) {
    const Json& record = option.at("ResourceRecord");
    put_record(zone, record.at("Name"), "CNAME", record.at("Value"));
  }
}

std::string Emulated::issued(const std::string& name, const Json& more) {
  const std::string arn = request(name, more);
  pass(std::chrono::seconds(5));
  put_validation_records(arn);
  pass(std::chrono::minutes(2));
  if (describe(arn).at("Status") != "ISSUED") throw std::runtime_error(describe(arn).dump());
  return arn;
}

std::string Emulated::root_authority(const std::string& key_algorithm) {
  const std::string signing =
      key_algorithm.starts_with("RSA") ? "SHA256WITHRSA" : "SHA256WITHECDSA";
  const std::string arn =
      pca("CreateCertificateAuthority",
          {{"CertificateAuthorityType", "ROOT"},
           {"CertificateAuthorityConfiguration",
            {{"KeyAlgorithm", key_algorithm},
             {"SigningAlgorithm", signing},
             {"Subject", {{"CommonName", "Test Root"}, {"Organization", "Example Org"}}}}}})
          .json.at("CertificateAuthorityArn");
  pass(std::chrono::seconds(10));
  const std::string csr =
      pca("GetCertificateAuthorityCsr", {{"CertificateAuthorityArn", arn}}).json.at("Csr");
  const std::string certificate =
      pca("IssueCertificate", {{"CertificateAuthorityArn", arn},
                               {"Csr", to_base64(csr)},
                               {"SigningAlgorithm", signing},
                               {"TemplateArn", "arn:aws:acm-pca:::template/RootCACertificate/V1"},
                               {"Validity", {{"Type", "YEARS"}, {"Value", 10}}}})
          .json.at("CertificateArn");
  pass(std::chrono::seconds(10));
  const std::string pem =
      pca("GetCertificate", {{"CertificateAuthorityArn", arn}, {"CertificateArn", certificate}})
          .json.at("Certificate");
  const Outcome imported = pca("ImportCertificateAuthorityCertificate",
                               {{"CertificateAuthorityArn", arn}, {"Certificate", to_base64(pem)}});
  if (!imported.ok()) throw std::runtime_error(imported.response.body);
  return arn;
}

std::string xml_text(const std::string& xml, const std::string& name) {
  const auto begin = xml.find('<' + name + '>');
  const auto end = xml.find("</" + name + '>');
  if (begin == std::string::npos || end == std::string::npos) return "";
  return xml.substr(begin + name.size() + 2, end - begin - name.size() - 2);
}

Material make_certificate(const Wish& wish, const Material* issuer) {
  auto key = pki::PrivateKey::generate(wish.algorithm);
  if (!key.ok()) throw std::runtime_error(key.error().message());
  pki::Template what;
  what.serial = std::string("\x03\xe9", 2);
  what.subject.attributes = {{"O", "Example Org"}, {"CN", wish.common_name}};
  if (wish.common_name.empty()) what.subject.attributes.pop_back();
  what.public_key_der = key->public_key_der();
  what.names.dns = wish.names;
  what.not_before = wish.not_before;
  what.not_after = wish.not_after;
  what.is_ca = wish.is_ca;
  what.key_usages = wish.key_usages;
  what.extended_key_usages = wish.extended_key_usages;
  auto made = issuer ? pki::issue(what, issuer->key, issuer->certificate)
                     : pki::issue(what, *key, std::nullopt);
  if (!made.ok()) throw std::runtime_error(made.error().message());
  return {*key, *made};
}

Json import_input(const Material& material) {
  return {{"Certificate", to_base64(material.certificate.pem())},
          {"PrivateKey", to_base64(material.key.to_pem().reveal())}};
}

}  // namespace certloop::emulator
