// SECURITY, "A grant limits what is touched": whatever a certificate names counts, not only the DNS
// names that a spec or ACM tell; and what was refused is neither shown nor in the way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "pki/issue.h"
#include "tests/sim/hand.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kPermitted = "www.shop.example.com";

// What is issued for these names, and its key.
struct Issued {
  pki::Certificate certificate;
  pki::PrivateKey key;
};

Issued issued(Time now, const std::string& common_name, const pki::AlternativeNames& names,
              int serial) {
  auto key = pki::PrivateKey::generate(pki::KeyAlgorithm::ec_prime256v1).value();
  pki::Template what;
  what.serial = std::string("\x01", 1) + static_cast<char>(serial);
  what.subject.attributes = {{"CN", common_name}};
  what.public_key_der = key.public_key_der();
  what.names = names;
  what.not_before = now - hours(1);
  what.not_after = now + std::chrono::days(90);
  what.key_usages = {"DIGITAL_SIGNATURE"};
  what.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION"};
  auto certificate = pki::issue(what, key, std::nullopt).value();
  return {std::move(certificate), std::move(key)};
}

std::string secret_of(const Issued& issued) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: web-tls, namespace: shop}\n"
         "type: kubernetes.io/tls\ndata:\n  tls.crt: " +
         to_base64(issued.certificate.pem()) +
         "\n  tls.key: " + to_base64(issued.key.to_pem().reveal()) + "\n";
}

// Certificate shop/web, through Account default/prod.
std::string spec_of(const std::string& issuer, const std::string& more = "") {
  return std::string(
             "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\n"
             "metadata: {name: web, namespace: shop}\nspec:\n  domainName: ") +
         kPermitted +
         "\n  accountRef: {name: prod, namespace: default}\n  region: us-east-1\n  issuer: " +
         issuer + "\n" + more;
}

class GrantNames : public testing::Test {
 protected:
  GrantNames() : GrantNames(emulator::EmulatorOptions{}) {}
  explicit GrantNames(emulator::EmulatorOptions options) : world(std::move(options)) {
    // What is done by hand, no plan foretells.
    world.keeps_to_plan = false;
    std::string account = kAccount;
    account.insert(account.find("  regions:"),
                   "  allowedNamespaces: [{names: [shop], domains: [shop.example.com]}]\n");
    world.apply(account);
  }

  api::Placement placement() {
    for (auto& placement : store::list<api::Placement>(*world.store).value())
      if (placement.meta.space == "shop") return placement;
    throw std::runtime_error("no placement");
  }
  std::string condition(const std::string& type) {
    return world.condition(placement().status.conditions, type);
  }
  bool web_exists() { return world.store->get({api::Kind::certificate, "shop", "web"}).ok(); }
  void remove_web() {
    ASSERT_TRUE(world.store->remove({api::Kind::certificate, "shop", "web"}, {}).ok());
  }
  void import(const std::string& common_name, const pki::AlternativeNames& names, int serial = 1) {
    world.apply(secret_of(issued(world.clock.now(), common_name, names, serial)) + "---\n" +
                spec_of("{imported: {secretRef: {name: web-tls}}}"));
    world.pass(hours(1));
  }
  // Somebody else's certificate in the same AWS account.
  std::string imported_by_hand(const std::string& common_name, const pki::AlternativeNames& names,
                               const aws::Tags& tags = {}) {
    const Issued theirs = issued(world.clock.now(), common_name, names, 9);
    aws::ImportCertificate request;
    request.certificate = theirs.certificate.pem();
    request.private_key = theirs.key.to_pem();
    request.tags = tags;
    return Hand(world.aws, world.clock).acm("us-east-1")->import_certificate(request).value();
  }

  World world;
};

TEST_F(GrantNames, ACommonNameBeyondTheGrantIsNotImported) {
  import("pay.example.com", {.dns = { kPermitted }});
  EXPECT_THAT(condition("Stalled"),
              AllOf(StartsWith("True ReferenceNotAllowed"), HasSubstr("for pay.example.com:"),
                    HasSubstr("Account default/prod does not allow namespace shop")));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST_F(GrantNames, NamesOfOtherKindsAreNotImported) {
  const std::vector<std::pair<pki::AlternativeNames, std::string>> all = {
      {{.dns = {kPermitted}, .ip = {"10.0.0.1"}}, "IP address 10.0.0.1"},
      {{.dns = {kPermitted}, .email = {"a@shop.example.com"}}, "e-mail address a@shop.example.com"},
      {{.dns = {kPermitted}, .uri = {"spiffe://shop.example.com/web"}},
       "URI spiffe://shop.example.com/web"}};
  int serial = 1;
  for (const auto& [names, told] : all) {
    import(kPermitted, names, serial++);
    EXPECT_THAT(condition("Stalled"),
                AllOf(StartsWith("True ReferenceNotAllowed"), HasSubstr("for " + told + ":"),
                      HasSubstr("limit of domains allows DNS names only")));
    EXPECT_THAT(certificates_in(world.aws), IsEmpty()) << told;
  }
}

TEST_F(GrantNames, WhatIsWithinTheGrantIsImportedAndNothingElseOverIt) {
  import(kPermitted, {.dns = { kPermitted }});
  ASSERT_THAT(condition("Ready"), StartsWith("True"));
  const std::string serial = placement().status.serial;
  world.clear();
  import("pay.example.com", {.dns = { kPermitted }}, 2);
  EXPECT_THAT(condition("Stalled"), StartsWith("True ReferenceNotAllowed"));
  import(kPermitted, {.dns = {kPermitted}, .ip = { "10.0.0.1" }}, 3);
  EXPECT_THAT(condition("Stalled"), StartsWith("True ReferenceNotAllowed"));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  EXPECT_EQ(placement().status.serial, serial);
  import(kPermitted, {.dns = { kPermitted }}, 4);
  EXPECT_THAT(condition("Ready"), StartsWith("True"));
  EXPECT_NE(placement().status.serial, serial);
}

TEST_F(GrantNames, AnImportThatWasRefusedCanBeDeleted) {
  import("pay.example.com", {.dns = { kPermitted }});
  remove_web();
  world.pass(minutes(10));
  EXPECT_FALSE(web_exists());
}

TEST_F(GrantNames, ASpecThatWasRefusedForItsNamesCanBeDeleted) {
  std::string spec = spec_of("{amazon: {}}");
  spec.replace(spec.find(kPermitted), std::string(kPermitted).size(), "pay.example.com");
  world.apply(spec);
  world.pass(hours(1));
  EXPECT_THAT(condition("Stalled"), StartsWith("True ReferenceNotAllowed"));
  remove_web();
  world.pass(minutes(10));
  EXPECT_FALSE(web_exists());
}

TEST_F(GrantNames, OfACertificateThatMayNotBeAdoptedNothingIsShown) {
  const std::string arn = imported_by_hand("pay.example.com", {.dns = {kPermitted}}, {{"t", "x"}});
  world.apply(spec_of("{imported: {}}", "  deletionPolicy: Delete\n  arn: " + arn + "\n"));
  world.clear();
  world.pass(hours(1));
  const auto status = placement().status;
  EXPECT_THAT(condition("Stalled"), StartsWith("True ReferenceNotAllowed"));
  EXPECT_THAT(condition("InSync"), StartsWith("Unknown"));
  EXPECT_EQ(status.arn, arn);
  EXPECT_THAT(status.certificate + status.chain + status.subject + status.serial +
                  status.acm_status + status.fingerprint + status.domain_name,
              IsEmpty());
  EXPECT_THAT(status.tags, IsEmpty());
  EXPECT_THAT(status.names, IsEmpty());
  EXPECT_THAT(api::to_json(api::write(placement())), Not(HasSubstr("pay.example.com")));
  remove_web();
  world.pass(minutes(10));
  EXPECT_FALSE(web_exists());
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
}

TEST_F(GrantNames, AnotherOwnersCertificateIsNeitherShownNorInTheWay) {
  const std::string arn = imported_by_hand(
      kPermitted, {.dns = {kPermitted}},
      {{"certloop.dev/owner", "other/default/web"}, {"certloop.dev/uid", "theirs"}});
  world.apply(spec_of("{imported: {}}", "  deletionPolicy: Delete\n  arn: " + arn + "\n"));
  world.clear();
  world.pass(hours(1));
  EXPECT_THAT(condition("Stalled"),
              AllOf(StartsWith("True ForeignOwner"), HasSubstr("other/default/web")));
  EXPECT_THAT(placement().status.certificate, IsEmpty());
  EXPECT_THAT(placement().status.tags, IsEmpty());
  remove_web();
  world.pass(minutes(10));
  EXPECT_FALSE(web_exists());
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
}

// The one that is named later does not take the place of ours before it may.
TEST_F(GrantNames, WhatMayNotBeAdoptedDoesNotReplaceWhatIsOurs) {
  import(kPermitted, {.dns = { kPermitted }});
  const std::string ours = placement().status.arn;
  const std::string theirs =
      imported_by_hand("pay.example.com", {.dns = {kPermitted}});
  world.apply(spec_of("{imported: {secretRef: {name: web-tls}}}", "  arn: " + theirs + "\n"));
  world.pass(hours(1));
  EXPECT_THAT(condition("Stalled"), StartsWith("True ReferenceNotAllowed"));
  EXPECT_EQ(placement().status.arn, ours);
  EXPECT_THAT(placement().status.previous, IsEmpty());
}

class SlowNames : public GrantNames {
 protected:
  static emulator::EmulatorOptions slow() {
    emulator::EmulatorOptions options;
    options.describe_delay = minutes(2);
    return options;
  }
  SlowNames() : GrantNames(slow()) {}
};

// Right after a request, ACM does not tell the names yet.
TEST_F(SlowNames, NamesThatAcmDoesNotTellYetAreWaitedFor) {
  std::string stalled;
  world.after_store = [&](const std::string&) -> Result<void> {
    for (const auto& each : store::list<api::Placement>(*world.store).value())
      if (const auto* found = api::find(each.status.conditions, "Stalled"))
        if (found->status == api::Truth::yes) stalled = found->message;
    return {};
  };
  world.apply(spec_of("{amazon: {}}"));
  world.pass(hours(1));
  EXPECT_THAT(stalled, IsEmpty());
  EXPECT_THAT(condition("Ready"), StartsWith("True"));
}

}  // namespace
}  // namespace certloop::sim
