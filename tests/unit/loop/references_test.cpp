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
  EXPECT_THAT(links_of(api::write(account)).refers, IsEmpty());
  account.spec.authentication.access_key = {
      "AKIAEXAMPLE", {"access", "secret"}, api::SecretKeyReference{"session", "token"}};
  EXPECT_THAT(links_of(api::write(account)).refers,
              ElementsAre(Key{Kind::secret, "payments", "access"},
                          Key{Kind::secret, "payments", "session"}));
}

// Who may only write YAML in his own namespace keeps nothing in another one by naming it.
TEST(References, FromAnotherNamespaceHoldUpOnlyWhatSomethingIsHadThrough) {
  const Key own{Kind::account, "payments", "prod"}, other{Kind::account, "platform", "prod"};
  auto certificate = named<api::Certificate>("shop");
  EXPECT_TRUE(holds_up(api::write(certificate), own));
  EXPECT_FALSE(holds_up(api::write(certificate), other));
  certificate.status.arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  EXPECT_TRUE(holds_up(api::write(certificate), other));
  auto placement = named<api::Placement>("shop.prod.us-east-1");
  EXPECT_FALSE(holds_up(api::write(placement), other));
  placement.status.pending.emplace().call = "acm:RequestCertificate";
  EXPECT_TRUE(holds_up(api::write(placement), other));
  placement.status.pending.reset();
  placement.status.previous.push_back({"arn:aws:acm:us-east-1:123456789012:certificate/2"});
  EXPECT_TRUE(holds_up(api::write(placement), other));
}

TEST(References, OfAnAuthorityAreItsAccount) {
  auto authority = named<api::CertificateAuthority>("root");
  authority.spec.acm_pca.account_ref = {"prod", "platform"};
  EXPECT_THAT(links_of(api::write(authority)).refers,
              ElementsAre(Key{Kind::account, "platform", "prod"}));
}

TEST(References, OfACertificateAreItsAccountAndItsIssuersParts) {
  auto certificate = named<api::Certificate>("shop");
  certificate.spec.account_ref = {"prod", ""};
  certificate.spec.issuer.authority = api::AuthorityIssuer{{"root", "platform"}};
  EXPECT_THAT(links_of(api::write(certificate)).refers,
              ElementsAre(Key{Kind::account, "payments", "prod"},
                          Key{Kind::certificate_authority, "platform", "root"}));

  certificate.spec.issuer = {};
  certificate.spec.issuer.imported = api::ImportedIssuer{"shop-tls"};
  EXPECT_THAT(links_of(api::write(certificate)).refers,
              ElementsAre(Key{Kind::account, "payments", "prod"},
                          Key{Kind::secret, "payments", "shop-tls"}));

  certificate.spec.issuer = {};
  certificate.spec.issuer.amazon = api::AmazonIssuer{
      {{{"dns", "platform"}, "Z1"}, {{"dns", "platform"}, "Z2"}, {{"prod", ""}, "Z3"}}, false};
  EXPECT_THAT(
      links_of(api::write(certificate)).refers,
      ElementsAre(Key{Kind::account, "payments", "prod"}, Key{Kind::account, "platform", "dns"}));
}

TEST(References, OfAZoneAreItsAccount) {
  auto zone = named<api::HostedZone>("z1");
  zone.spec.account_ref = {"dns", ""};
  EXPECT_THAT(links_of(api::write(zone)).refers,
              ElementsAre(Key{Kind::account, "payments", "dns"}));
}

TEST(References, OfWhatCannotBeReadAreNone) {
  api::Object broken;
  broken.kind = Kind::certificate;
  broken.body = *api::Document::parse(R"({"spec":{"region":7}})");
  EXPECT_THAT(links_of(broken).refers, IsEmpty());
  EXPECT_EQ(links_of(broken).account, "");
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
  EXPECT_THAT(links_of(api::write(placement)).concerns,
              ElementsAre(Key{Kind::certificate, "payments", "shop"},
                          Key{Kind::hosted_zone, "payments", "z1"},
                          Key{Kind::hosted_zone, "platform", "z2"}));
  EXPECT_THAT(links_of(api::write(named<api::Account>("prod"))).concerns, IsEmpty());
}

TEST(AccountOf, IsWhoseRatesItUses) {
  EXPECT_EQ(links_of(api::write(named<api::Account>("prod"))).account, "payments/prod");
  auto certificate = named<api::Certificate>("shop");
  certificate.spec.account_ref = {"prod", "platform"};
  EXPECT_EQ(links_of(api::write(certificate)).account, "platform/prod");
  EXPECT_EQ(links_of(api::Object()).account, "");
}

}  // namespace
}  // namespace certloop::loop
