#include "tests/walk/scenarios.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reconcilers/authority/plan.h"
#include "tests/walk/world_state.h"

namespace certloop::walk {
namespace {

using api::Kind;
using sim::kAccount;
using sim::kAuthority;
using sim::kPrivate;
using sim::kPublic;
using std::chrono::hours;
using std::chrono::minutes;

const char* const kUser =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b";
const Time kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

std::string secret(int serial) {
  return sim::tls_secret("legacy-tls", {"legacy.example.com"}, kStart, serial);
}
std::string private_specs() {
  return std::string(kAccount) + "---" + kAuthority + "---" + kPrivate;
}
// An RSA key takes long to find, and each case has ACM find one.
std::string public_spec() { return with(kPublic, "spec:", "spec:\n  keyAlgorithm: EC_prime256v1"); }
std::string public_specs() { return std::string(kAccount) + "---" + public_spec(); }
std::string imported_specs() {
  return std::string(kAccount) + "---\n" + secret(1) + "---" + sim::imported_spec();
}
std::string renamed(const std::string& spec) {
  return with(spec, "\"*.shop.example.com\"", "www.shop.example.com");
}
std::string retained(const std::string& spec) {
  return with(spec, "spec:", "spec:\n  deletionPolicy: Retain");
}

// The ARN that the object has in AWS; a scenario's own steps need it.
std::string arn_of(Play& play, const std::string& certificate) {
  return play.world().placement(certificate).status.arn;
}

// Somebody's public certificate, issued, tagged "team=adopted".
void request_by_hand(Play& play) {
  play.by_hand([&](sim::Hand& hand) {
    aws::RequestCertificate request;
    request.domain_name = "shop.example.com";
    request.subject_alternative_names = {"shop.example.com", "*.shop.example.com"};
    request.validation_method = "DNS";
    request.key_algorithm = "EC_prime256v1";
    request.tags = {{"team", "adopted"}};
    const auto acm = hand.acm("us-east-1");
    const std::string arn = acm->request_certificate(request).value();
    play.world().clock.advance(std::chrono::seconds(10));
    const auto detail = acm->describe_certificate(arn).value();
    const auto record = detail.domain_validation_options.at(0).resource_record.value();
    hand.change("example.com.", "CREATE", record.name, record.value);
  });
  play.world().clock.advance(minutes(10));
}

std::string arn_to_adopt(Play& play) {
  const auto services = services_of(play.world());
  for (const auto& region : services.at("acm").at("regions"))
    for (const auto& held : region.at("certificates"))
      if (held.at("tags").value("team", "") == "adopted") return held.at("arn");
  throw std::runtime_error("nothing to adopt");
}

void begin(Play& play, const std::string& specs) {
  play.world().apply(specs);
  play.settle();
}

void replace(Play& play, const std::string& specs) {
  play.world().apply(specs);
  play.settle(hours(26));  // the one before goes a day after its replacement
}

void remove(Play& play, Kind kind, const std::string& name) {
  play.world().remove(kind, name);
  play.settle(minutes(20));
}

void use(Play& play, const std::string& arn, bool used) {
  const auto set = play.world().aws.set_in_use(
      arn, used ? std::vector<std::string>{kUser} : std::vector<std::string>{});
  if (!set.ok()) throw std::runtime_error(set.error().message());
}

std::vector<Scenario> made() {
  return {
      {"Private", {}, [](Play& play) { begin(play, private_specs()); }, 1, 1},
      {"Public", {}, [](Play& play) { begin(play, public_specs()); }, 1, 0},
      {"Imported", {}, [](Play& play) { begin(play, imported_specs()); }, 1, 0},
      {"Adopted", request_by_hand,
       [](Play& play) {
         begin(play, std::string(kAccount) + "---" +
                         with(public_spec(), "spec:", "spec:\n  arn: " + arn_to_adopt(play)));
       },
       1, 0},
      {"Retagged",
       {},
       [](Play& play) {
         begin(play, public_specs());
         play.world().apply(with(public_spec(), "{team: shop}", "{team: store, cost: \"12\"}"));
         play.settle();
       },
       1,
       0},
      {"ReplacedPublic",
       {},
       [](Play& play) {
         begin(play, public_specs());
         replace(play, renamed(public_spec()));
       },
       1,
       0},
      {"ReplacedWhileInUse",
       {},
       [](Play& play) {
         begin(play, public_specs());
         const std::string old = arn_of(play, "shop");
         use(play, old, true);
         play.settle(minutes(20));
         play.world().apply(renamed(public_spec()));
         play.settle(hours(2));
         use(play, old, false);
         play.settle(hours(26));
       },
       1,
       0},
      {"ReplacedPrivate",
       {},
       [](Play& play) {
         begin(play, private_specs());
         replace(play, with(kPrivate, "DB.internal", "cache.internal"));
       },
       1,
       1},
      {"Reimported",
       {},
       [](Play& play) {
         begin(play, imported_specs());
         play.world().apply(secret(2));
         play.settle(minutes(20));
       },
       1,
       0},
      {"Restarted",
       {},
       [](Play& play) {
         begin(play, private_specs());
         play.world().restart();
         play.settle(minutes(20));
       },
       1,
       1},
  };
}

std::vector<Scenario> deleted() {
  return {
      {"DeletedPublic",
       {},
       [](Play& play) {
         begin(play, public_specs());
         remove(play, Kind::certificate, "shop");
       },
       0,
       0},
      {"DeletedPrivateThenItsAuthority",
       {},
       [](Play& play) {
         begin(play, private_specs());
         const auto ca = play.world().authority("root");
         const std::string digest = authority::deletion_digest(ca, ca.status.arn);
         play.world().apply(
             with(kAuthority, "{name: root}",
                  "{name: root, annotations: {certloop.dev/confirm: \"" + digest + "\"}}"));
         play.world().remove(Kind::certificate_authority, "root");
         remove(play, Kind::certificate, "internal");
       },
       0,
       1},
      {"DeletedImported",
       {},
       [](Play& play) {
         begin(play, imported_specs());
         remove(play, Kind::certificate, "legacy");
       },
       0,
       0},
      {"DeletedWhileInUse",
       {},
       [](Play& play) {
         begin(play, public_specs());
         const std::string arn = arn_of(play, "shop");
         use(play, arn, true);
         play.settle(minutes(20));
         remove(play, Kind::certificate, "shop");
         use(play, arn, false);
         play.settle(minutes(40));
       },
       0,
       0},
      {"Retained",
       {},
       [](Play& play) {
         begin(play, std::string(kAccount) + "---" + retained(public_spec()));
         remove(play, Kind::certificate, "shop");
       },
       1,
       0},
  };
}

// What somebody else does in AWS, and what is found there.
std::vector<Scenario> changed_outside() {
  return {
      {"RetaggedOutside",
       {},
       [](Play& play) {
         begin(play, public_specs());
         play.by_hand([&](sim::Hand& hand) {
           hand.acm("us-east-1")
               ->add_tags_to_certificate(arn_of(play, "shop"), {{"team", "web"}, {"x", "1"}})
               .value();
         });
         play.settle(minutes(30));
       },
       1,
       0},
      {"DeletedOutside",
       {},
       [](Play& play) {
         begin(play, public_specs());
         play.by_hand([&](sim::Hand& hand) {
           hand.acm("us-east-1")->delete_certificate(arn_of(play, "shop")).value();
         });
         play.settle(minutes(40));
       },
       1,
       0},
      {"RecordDeletedOutside",
       {},
       [](Play& play) {
         begin(play, public_specs());
         const auto status = play.world().placement("shop").status;
         const auto record = status.validation.front().record.value();
         play.by_hand([&](sim::Hand& hand) {
           hand.change("example.com.", "DELETE", record.name, record.value);
         });
         play.settle(hours(7));
       },
       1,
       0},
  };
}

std::vector<Scenario> authority_changed_outside() {
  return {
      {"AuthorityDisabledOutside",
       {},
       [](Play& play) {
         begin(play, private_specs());
         play.by_hand([&](sim::Hand& hand) {
           hand.acm_pca("us-east-1")
               ->update_certificate_authority(play.world().authority("root").status.arn, "DISABLED",
                                              {})
               .value();
         });
         play.settle(hours(1));
       },
       1,
       1},
      {"AuthorityDeletedOutside",
       {},
       [](Play& play) {
         begin(play, private_specs());
         play.by_hand([&](sim::Hand& hand) {
           const auto pca = hand.acm_pca("us-east-1");
           const std::string arn = play.world().authority("root").status.arn;
           pca->update_certificate_authority(arn, "DISABLED", {}).value();
           pca->delete_certificate_authority(arn, 30).value();
         });
         play.settle(hours(1));
       },
       1,
       1},
      {"StateLost",
       {},
       [](Play& play) {
         begin(play, private_specs());
         play.world().policy.take_over_lost_state = true;
         play.world().lose_state();
         begin(play, private_specs());
       },
       1,
       1},
  };
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = [] {
    std::vector<Scenario> table = made();
    for (auto& each : deleted()) table.push_back(std::move(each));
    for (auto& each : changed_outside()) table.push_back(std::move(each));
    for (auto& each : authority_changed_outside()) table.push_back(std::move(each));
    return table;
  }();
  return all;
}

}  // namespace certloop::walk
