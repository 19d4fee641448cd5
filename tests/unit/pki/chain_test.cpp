#include "pki/chain.h"

#include <algorithm>

#include "certs.h"

namespace certloop::pki {
namespace {

const Secret kPassphrase{"open sesame"};

Certificate read(const std::string& name) { return Certificate::from_pem(data(name)).value(); }

std::vector<std::string> fingerprints(const std::vector<Certificate>& all) {
  std::vector<std::string> out;
  for (const Certificate& each : all) out.push_back(each.fingerprint());
  return out;
}

// A root, `depth` authorities one under the other, and a leaf.
struct Family {
  explicit Family(std::size_t depth) {
    authorities.push_back(issue(authority_for(keys[0], "Root"), keys[0], {}).value());
    for (std::size_t i = 1; i <= depth; ++i) {
      keys.push_back(new_key());
      authorities.push_back(
          issue(authority_for(keys[i], "CA " + std::to_string(i)), keys[i - 1], authorities[i - 1])
              .value());
    }
    leaf = issue(template_for(leaf_key, "web.example"), keys.back(), authorities.back()).value();
  }
  std::vector<Certificate> between() const {  // as a server sends them
    return {authorities.rbegin(), authorities.rend() - 1};
  }

  std::vector<PrivateKey> keys{new_key()};
  std::vector<Certificate> authorities;
  PrivateKey leaf_key = new_key();
  std::optional<Certificate> leaf;
};

// People keep leaf and chain in one file, in any order; ACM takes them apart, the chain in order:
// docs.aws.amazon.com/acm/latest/userguide/import-certificate-format.html
TEST(Bundle, SortsAShuffledFileMadeByAnotherProgram) {
  const std::string file = data("shuffled.pem");
  const Bundle bundle = bundle_from_pem(file, Secret(file)).value();
  EXPECT_EQ(bundle.leaf.fingerprint(), read("leaf.pem").fingerprint());
  EXPECT_EQ(fingerprints(bundle.chain), fingerprints({read("intermediate.pem")}));
  EXPECT_EQ(bundle.chain_pem(), data("intermediate.pem"));
  EXPECT_EQ(bundle.key.algorithm(), KeyAlgorithm::ec_prime256v1);
}

TEST(Bundle, ComesOutTheSameInEveryOrder) {
  const Family family(3);
  std::vector<std::string> parts{family.leaf->pem(), read("stranger.pem").pem()};
  for (const Certificate& each : family.authorities) parts.push_back(each.pem());
  std::sort(parts.begin(), parts.end());
  std::size_t orders = 0;
  do {
    std::string text;
    for (const std::string& part : parts) text += part;
    const Bundle bundle = bundle_from_pem(text, family.leaf_key.to_pem()).value();
    ASSERT_EQ(bundle.leaf.fingerprint(), family.leaf->fingerprint());
    ASSERT_EQ(fingerprints(bundle.chain), fingerprints(family.between()));
    // 720 orders would prove no more than the first hundred.
  } while (++orders < 100 && std::next_permutation(parts.begin(), parts.end()));
}

TEST(Bundle, ASelfSignedCertificateIsItsOwnLeaf) {
  const Bundle bundle = bundle_from_pem(data("plain.pem"), Secret(data("rsa.pkcs8.pem"))).value();
  EXPECT_EQ(bundle.leaf.subject().get("CN"), "plain.example");
  EXPECT_TRUE(bundle.chain.empty());
}

TEST(Bundle, KeepsTheCrossSignedAuthorityBesideItsRoot) {
  const Family old(0), young(1);
  const Certificate crossed =
      issue(authority_for(young.keys[0], "Root of another name"), old.keys[0], old.authorities[0])
          .value();
  // The same subject and key as the young root, but issued by the old one.
  Template what = authority_for(young.keys[0], "Root");
  const Certificate cross =
      issue(what, old.keys[0], issue(authority_for(old.keys[0], "Old"), old.keys[0], {}).value())
          .value();
  const std::string text = young.authorities[0].pem() + cross.pem() + crossed.pem() +
                           young.authorities[1].pem() + young.leaf->pem();
  const Bundle bundle = bundle_from_pem(text, young.leaf_key.to_pem()).value();
  EXPECT_EQ(fingerprints(bundle.chain), fingerprints({young.authorities[1], cross}));
}

TEST(Bundle, IsRefusedWhenNoCertificateBelongsToTheKey) {
  const auto bundle = bundle_from_pem(data("shuffled.pem"), Secret(data("rsa1536.pem")));
  EXPECT_EQ(bundle.error().code(), Code::invalid);
  const auto other = bundle_from_pem(data("leaf.pem"), Secret(data("ec384.pkcs8.pem")));
  EXPECT_NE(other.error().message().find("belongs to the private key"), std::string::npos);
  EXPECT_FALSE(bundle_from_pem("", Secret(data("ec384.pkcs8.pem"))).ok());
}

TEST(Bundle, ADamagedCertificateIsAnErrorAndNotSkipped) {
  std::string text = data("leaf.pem") + data("intermediate.pem");
  text[text.size() - 100] = '!';
  const auto bundle = bundle_from_pem(text, Secret(data("ec.parameters.pem")));
  EXPECT_NE(bundle.error().message().find("PEM block 2"), std::string::npos);
}

TEST(Bundle, OpensPkcs12) {  // as Windows, Java and older OpenSSL export it, too
  for (const char* name : {"modern.p12", "legacy.p12"}) {
    const auto bundle = bundle_from_pkcs12(Secret(data(name)), kPassphrase);
    ASSERT_TRUE(bundle.ok()) << name << ": " << bundle.error().message();
    EXPECT_EQ(bundle->leaf.fingerprint(), read("leaf.pem").fingerprint()) << name;
    EXPECT_EQ(fingerprints(bundle->chain), fingerprints({read("intermediate.pem")})) << name;
  }
  EXPECT_TRUE(bundle_from_pkcs12(Secret(data("empty.p12")), {}).ok());
}

TEST(Bundle, RefusesPkcs12ThatItCannotOpen) {
  const auto wrong = bundle_from_pkcs12(Secret(data("modern.p12")), Secret("guess"));
  EXPECT_EQ(wrong.error().code(), Code::invalid);
  EXPECT_NE(wrong.error().message().find("passphrase"), std::string::npos);
  EXPECT_EQ(wrong.error().message().find("guess"), std::string::npos);
  const std::string whole = data("modern.p12");
  EXPECT_FALSE(bundle_from_pkcs12(Secret(whole.substr(0, 500)), kPassphrase).ok());
  EXPECT_FALSE(bundle_from_pkcs12(Secret(data("leaf.pem")), kPassphrase).ok());
  EXPECT_FALSE(bundle_from_pkcs12({}, {}).ok());
}

TEST(Chain, ReadsEveryCertificateAndNothingElse) {
  EXPECT_EQ(certificates_from_pem(data("shuffled.pem")).value().size(), 6U);
  EXPECT_TRUE(certificates_from_pem("").value().empty());
  EXPECT_TRUE(certificates_from_pem("only words").value().empty());
}

TEST(Chain, VerifiesWhatAnotherProgramMade) {
  const Time now = at("2040-01-01T00:00:00Z");
  const Certificate leaf = read("leaf.pem"), issuing = read("intermediate.pem");
  EXPECT_TRUE(verify_chain(leaf, {issuing}, {read("root.pem")}, now).ok());
  EXPECT_TRUE(verify_chain(leaf, {issuing}, {}, now).ok());  // The last one is the anchor.
  EXPECT_TRUE(verify_chain(read("plain.pem"), {}, {}, at("2024-06-01T00:00:00Z")).ok());
  EXPECT_FALSE(verify_chain(leaf, {}, {}, now).ok());
  EXPECT_FALSE(verify_chain(leaf, {}, {read("root.pem")}, now).ok());
  EXPECT_FALSE(verify_chain(leaf, {issuing}, {read("stranger.pem")}, now).ok());
}

TEST(Chain, NamesTheCertificateAtFault) {
  const Certificate leaf = read("leaf.pem"), issuing = read("intermediate.pem");
  const auto late = verify_chain(leaf, {issuing}, {}, at("2055-06-01T00:00:00Z"));
  EXPECT_EQ(late.error().code(), Code::invalid);
  EXPECT_NE(late.error().message().find("expired (O=Example Trust,CN=Example Issuing)"),
            std::string::npos)
      << late.error().message();
  const auto early = verify_chain(leaf, {issuing}, {}, at("2023-06-01T00:00:00Z"));
  EXPECT_NE(early.error().message().find("not yet valid (C=AU"), std::string::npos);
}

TEST(Chain, HoldsAuthoritiesToTheirPathLength) {
  const auto verdict =
      verify_chain(read("too-deep-leaf.pem"), {read("too-deep.pem"), read("intermediate.pem")},
                   {read("root.pem")}, at("2030-01-01T00:00:00Z"));
  EXPECT_NE(verdict.error().message().find("path length"), std::string::npos);
}

TEST(Chain, ALeafSignsNothing) {
  const Family family(1);
  const PrivateKey key = new_key();
  const Certificate below =
      issue(template_for(key, "below.example"), family.leaf_key, *family.leaf).value();
  EXPECT_FALSE(verify_chain(below, {*family.leaf, family.authorities[1]}, {family.authorities[0]},
                            at("2026-06-01T00:00:00Z"))
                   .ok());
}

TEST(Chain, WhatTheMachineDoesNotKnowIsNotPubliclyTrusted) {  // S142, its other half: S141
  EXPECT_FALSE(is_publicly_trusted(read("leaf.pem"), {read("intermediate.pem"), read("root.pem")},
                                   at("2030-01-01T00:00:00Z")));
}

}  // namespace
}  // namespace certloop::pki
