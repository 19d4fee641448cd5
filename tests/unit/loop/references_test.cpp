#include "loop/references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/wire.h"

namespace certloop::loop {
namespace {

using api::Key;
using api::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

template <class T>
T named(const std::string& name) {
  T object;
  object.meta.space = "payments";
  object.meta.name = name;
  return object;
}

TEST(References, OfAnAccountAreItsSecrets) {
  auto account = named<api::Account>("prod");
  EXPECT_THAT(referred_by(api::write(account)), IsEmpty());
  account.spec.authentication.access_key = {
      "AKIAEXAMPLE", {"access", "secret"}, api::SecretKeyReference{"session", "token"}};
  EXPECT_THAT(referred_by(api::write(account)),
              ElementsAre(Key{Kind::secret, "payments", "access"},
                          Key{Kind::secret, "payments", "session"}));
}

TEST(References, OfAnAuthorityAreItsAccount) {
  auto authority = named<api::CertificateAuthority>("root");
  authority.spec.acm_pca.account_ref = {"prod", "platform"};
  EXPECT_THAT(referred_by(api::write(authority)),
              ElementsAre(Key{Kind::account, "platform", "prod"}));
}

TEST(References, OfACertificateAreItsAccountAndItsIssuersParts) {
  auto certificate = named<api::Certificate>("shop");
  certificate.spec.account_ref = {"prod", ""};
  certificate.spec.issuer.authority = api::AuthorityIssuer{{"root", "platform"}};
  EXPECT_THAT(referred_by(api::write(certificate)),
              ElementsAre(Key{Kind::account, "payments", "prod"},
                          Key{Kind::certificate_authority, "platform", "root"}));

  certificate.spec.issuer = {};
  certificate.spec.issuer.imported = api::ImportedIssuer{"shop-tls"};
  EXPECT_THAT(referred_by(api::write(certificate)),
              ElementsAre(Key{Kind::account, "payments", "prod"},
                          Key{Kind::secret, "payments", "shop-tls"}));

  certificate.spec.issuer = {};
  certificate.spec.issuer.amazon = api::AmazonIssuer{
      {{{"dns", "platform"}, "Z1"}, {{"dns", "platform"}, "Z2"}, {{"prod", ""}, "Z3"}}, false};
  EXPECT_THAT(
      referred_by(api::write(certificate)),
      ElementsAre(Key{Kind::account, "payments", "prod"}, Key{Kind::account, "platform", "dns"}));
}

TEST(References, OfAZoneAreItsAccount) {
  auto zone = named<api::HostedZone>("z1");
  zone.spec.account_ref = {"dns", ""};
  EXPECT_THAT(referred_by(api::write(zone)), ElementsAre(Key{Kind::account, "payments", "dns"}));
}

TEST(References, OfWhatCannotBeReadAreNone) {
  api::Object broken;
  broken.kind = Kind::certificate;
  broken.body = *api::Document::parse(R"({"spec":{"region":7}})");
  EXPECT_THAT(referred_by(broken), IsEmpty());
  EXPECT_EQ(account_of(broken), "");
}

TEST(Concerned, AreOwnersAndTheZonesOfAPlacement) {
  auto placement = named<api::Placement>("shop-1");
  placement.meta.owners = {{Kind::certificate, "shop", "uid"}};
  for (const char* zone : {"payments/z1", "payments/z1", "platform/z2", "", "odd"}) {
    api::DomainValidation domain;
    domain.domain = "shop.example.com";
    domain.hosted_zone = zone;
    placement.status.validation.push_back(domain);
  }
  EXPECT_THAT(concerned_by(api::write(placement)),
              ElementsAre(Key{Kind::certificate, "payments", "shop"},
                          Key{Kind::hosted_zone, "payments", "z1"},
                          Key{Kind::hosted_zone, "platform", "z2"}));
  EXPECT_THAT(concerned_by(api::write(named<api::Account>("prod"))), IsEmpty());
}

TEST(AccountOf, IsWhoseRatesItUses) {
  EXPECT_EQ(account_of(api::write(named<api::Account>("prod"))), "payments/prod");
  auto certificate = named<api::Certificate>("shop");
  certificate.spec.account_ref = {"prod", "platform"};
  EXPECT_EQ(account_of(api::write(certificate)), "platform/prod");
  EXPECT_EQ(account_of(api::Object()), "");
}

}  // namespace
}  // namespace certloop::loop
