#include "tests/sim/foretold.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "ledger/ownership.h"
#include "pki/certificate.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using nlohmann::json;

// The operations whose answer is an ARN that nobody knew before.
bool creates(const std::string& operation, const std::string& subject) {
  return operation == "RequestCertificate" || operation == "CreateCertificateAuthority" ||
         (operation == "ImportCertificate" && !subject.starts_with("arn:") &&
          !subject.starts_with("<"));
}

// "_x3f.shop.example.com." and "_(known after step 3).shop.example.com." as
// "_*.shop.example.com.".
std::string without_token(const std::string& record) {
  return "_*" + record.substr(record.find('.'));
}

// What goes with a subject: the tags of a tagging, the status of an update.
using Details = std::map<std::string, std::string>;

std::string line_of(const std::string& region, const std::string& service,
                    const std::string& operation, const std::string& subject,
                    const Details& details) {
  std::string line = fmt::format("{} {} {} {}", region, service, operation, subject);
  // Which uid an object has is known once it stands in the store.
  for (const auto& [key, value] : details)
    line += fmt::format(" {}={}", key, key == "tag:certloop.dev/uid" ? "*" : value);
  return line;
}

void sort_records(Lines& lines) {
  for (auto& [object, all] : lines)
    if (object.starts_with("HostedZone")) std::sort(all.begin(), all.end());
}

// By what names that which a plan or a run makes goes.
class Names {
 public:
  void made(const std::string& found, const std::string& object) {
    names_[found] = fmt::format("<{} {}>", object, ++made_[object]);
  }
  std::string of(const std::string& text) const {
    const auto it = names_.find(text);
    return it == names_.end() ? text : it->second;
  }

 private:
  std::map<std::string, int> made_;
  std::map<std::string, std::string> names_;
};

// The plan as lines. Where calls came before, their names hold on.
Lines lines_of(const Survey& survey, Names names) {
  Lines lines;
  int number = 0;
  for (const auto& finding : survey.findings) {
    EXPECT_FALSE(finding.error && finding.error->code() == Code::internal)
        << finding.error->message();
    for (const auto& step : finding.steps) {
      ++number;
      const std::string object = api::text_of(step.object);
      std::string subject = names.of(step.subject);
      if (creates(step.operation, subject))
        names.made(fmt::format("(known after step {})", number), object);
      Details details;
      for (const auto& [key, value] : step.details)
        if (key == "status" || key.starts_with("tag:")) details[key] = value;
      if (step.service == "route53")
        subject = step.details.at("action") + ' ' + without_token(subject);
      lines[object].push_back(line_of(step.region, step.service, step.operation, subject, details));
    }
  }
  sort_records(lines);
  return lines;
}

std::string subject_of(const emulator::CallRecord& call, const json& request) {
  if (request.contains("DomainName")) return request.at("DomainName");
  if (call.operation == "CreateCertificateAuthority")
    return request.at("CertificateAuthorityConfiguration").at("Subject").at("CommonName");
  if (request.contains("CertificateAuthorityArn")) return request.at("CertificateAuthorityArn");
  if (request.contains("ResourceArn")) return request.at("ResourceArn");
  if (request.contains("CertificateArn")) return request.at("CertificateArn");
  const auto pem = from_base64(request.at("Certificate").get<std::string>());
  return pki::Certificate::from_pem(pem.value()).value().names().dns.at(0);
}

std::map<std::string, std::string> tags_of(const json& request) {
  std::map<std::string, std::string> tags;
  for (const auto& tag : request.value("Tags", json::array()))
    tags[tag.at("Key")] = tag.value("Value", "");
  return tags;
}

// Whose it is that a creating call makes, by the tag that it carries.
std::string owner_in(const std::map<std::string, std::string>& tags, const std::string& service) {
  const auto it = tags.find(std::string(ledger::kOwnerTag));
  if (it == tags.end()) return "nobody";
  const auto parts = split(it->second, '/');
  return api::text_of({service == "acm" ? api::Kind::certificate : api::Kind::certificate_authority,
                       parts.at(1), parts.at(2)});
}

// The calls as lines. Notes what they made, and for whom.
class Called {
 public:
  explicit Called(std::map<std::string, std::string> objects) : objects_(std::move(objects)) {}

  void take(const emulator::CallRecord& call) {
    const json request = json::parse(call.request);
    const std::string refused = call.error_code.empty() ? "" : " refused: " + call.error_code;
    if (call.service == "route53") {
      auto& all = lines[objects_[request.value("Id", "")]];
      for (const auto& change : request.value("Changes", json::array()))
        all.push_back(
            line_of("", call.service, call.operation,
                    change.at("Action").get<std::string>() + ' ' + without_token(change.at("Name")),
                    {}) +
            refused);
      sort_records(lines);
      return;
    }
    const std::string subject = subject_of(call, request);
    const auto tags = tags_of(request);
    std::string object = objects_[subject];
    Details details;
    if (creates(call.operation, subject)) {
      object = owner_in(tags, call.service);
      objects_[call.arn] = object;
      names.made(call.arn, object);
    } else {
      for (const auto& [key, value] : tags) details["tag:" + key] = value;
    }
    if (call.operation == "UpdateCertificateAuthority" && request.contains("Status"))
      details["status"] = request.at("Status");
    lines[object].push_back(
        line_of(call.region, call.service, call.operation, names.of(subject), details) + refused);
  }

  Lines lines;
  Names names;

 private:
  std::map<std::string, std::string> objects_;
};

// To whom what stands in AWS belongs, as the state knows it.
std::map<std::string, std::string> objects_in(World& world) {
  std::map<std::string, std::string> objects;
  for (const auto& placement : store::list<api::Placement>(*world.store).value()) {
    std::string object = api::text_of(placement.key());
    for (const auto& owner : placement.meta.owners)
      object = api::text_of({owner.kind, placement.meta.space, owner.name});
    objects[placement.status.arn] = object;
    for (const auto& old : placement.status.previous) objects[old.arn] = object;
  }
  for (const auto& certificate : store::list<api::Certificate>(*world.store).value())
    objects[certificate.spec.arn] = api::text_of(certificate.key());
  for (const auto& ca : store::list<api::CertificateAuthority>(*world.store).value()) {
    objects[ca.status.arn] = api::text_of(ca.key());
    objects[ca.spec.acm_pca.arn] = api::text_of(ca.key());
  }
  for (const auto& zone : store::list<api::HostedZone>(*world.store).value())
    objects[zone.spec.id] = api::text_of(zone.key());
  objects.erase("");
  return objects;
}

}  // namespace

std::string text_of(const Lines& lines) {
  std::string text;
  for (const auto& [object, all] : lines) {
    text += object + '\n';
    for (const auto& line : all) text += "  " + line + '\n';
  }
  return text;
}

Foretold::Foretold(World& world) : world_(world) {
  plan_ = lines_of(world.survey(), {});
  const auto calls = world.aws.calls();
  if (!calls.empty()) last_call_ = calls.back().sequence;
  objects_ = objects_in(world);
}

Lines Foretold::expect_kept() const {
  auto objects = objects_in(world_);
  objects.insert(objects_.begin(), objects_.end());
  Called called(std::move(objects));
  for (const auto& call : world_.aws.mutating_calls()) {
    // What was denied had no effect: the plan still says it.
    const bool denied = call.error_code.starts_with("AccessDenied");
    if (call.sequence > last_call_ && !denied) called.take(call);
  }
  Lines all = called.lines;
  for (auto& [object, left] : lines_of(world_.survey(), called.names))
    all[object].insert(all[object].end(), left.begin(), left.end());
  sort_records(all);
  EXPECT_EQ(text_of(plan_), text_of(all))
      << "planned beforehand, and: called, or still planned. Called were:\n"
      << text_of(called.lines);
  return called.lines;
}

}  // namespace certloop::sim
