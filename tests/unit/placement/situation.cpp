#include "tests/unit/placement/situation.h"

#include <gtest/gtest.h>

#include "ledger/ownership.h"

namespace certloop::placement {

using std::chrono::days;
using std::chrono::hours;

Situation serving() {
  Situation situation;
  auto& placement = situation.placement;
  placement.meta.space = "default";
  placement.meta.name = "shop.prod.us-east-1";
  placement.meta.uid = kUid;
  placement.meta.owners = {{api::Kind::certificate, "shop", "uid-of-certificate"}};
  placement.spec.domain_name = "shop.example.com";
  placement.spec.account_ref.name = "prod";
  placement.spec.region = "us-east-1";
  placement.spec.issuer.amazon.emplace();

  auto& observed = situation.observed;
  observed.installation = "default";
  observed.presence = Presence::present;
  observed.tags_known = observed.live = observed.estate_read = true;
  observed.listing_is_recent = true;
  auto& known = observed.known;
  known.arn = kArn;
  known.acm_status = "ISSUED";
  known.type = "AMAZON_ISSUED";
  known.names = {"shop.example.com"};
  known.domain_name = "shop.example.com";
  known.key_algorithm = "RSA_2048";
  known.serial = "01";
  known.fingerprint = "f1";
  known.chain_digest = "c1";
  known.created = known.issued = kNow - days(10);
  known.made = kNow - days(10);
  known.not_before = kNow - days(10);
  known.not_after = kNow + days(180);
  known.eligibility = "ELIGIBLE";
  known.marked = true;
  known.attempts = 1;
  situation.set_tag(std::string(ledger::kOwnerTag), kOwner);
  situation.set_tag(std::string(ledger::kUidTag), kUid);
  return situation;
}

Situation serving_imported() {
  Situation situation = serving();
  auto& issuer = situation.placement.spec.issuer;
  issuer.amazon.reset();
  issuer.imported.emplace().secret_name = "shop-tls";
  auto& known = situation.known();
  known.type = "IMPORTED";
  known.eligibility = "";
  known.source_fingerprint = "f1";
  known.imported_chain = "c1";
  known.imported_serial = "01";
  Source source;
  source.secret = "default/shop-tls";
  source.fingerprint = "f1";
  source.chain_digest = "c1";
  source.has_chain = true;
  source.serial = "01";
  source.key_algorithm = "RSA_2048";
  source.names = {"shop.example.com"};
  source.not_before = *known.not_before;
  source.not_after = *known.not_after;
  situation.observed.source = source;
  return situation;
}

Situation serving_private() {
  Situation situation = serving();
  auto& issuer = situation.placement.spec.issuer;
  issuer.amazon.reset();
  issuer.authority.emplace().authority.name = "root";
  Authority authority;
  authority.name = "default/root";
  authority.arn = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1";
  authority.status = "ACTIVE";
  authority.key_algorithm = "RSA_2048";
  authority.usage_mode = "GENERAL_PURPOSE";
  authority.region = "us-east-1";
  situation.observed.authority = authority;
  situation.known().type = "PRIVATE";
  situation.known().certificate_authority_arn = authority.arn;
  return situation;
}

void make_absent(Situation& situation) {
  situation.known() = {};
  situation.observed.presence = Presence::absent;
  situation.observed.live = situation.observed.tags_known = false;
}

OldCertificate& add_previous(Situation& situation, Duration ago) {
  OldCertificate old;
  old.arn = kOldArn;
  old.replaced = old.unused_since = kNow - ago;
  old.not_after = kNow + days(100);
  situation.observed.previous.push_back(old);
  return situation.observed.previous.back();
}

void add_candidate(Situation& situation, const std::string& uid) {
  Candidate candidate;
  candidate.arn = "arn:aws:acm:us-east-1:123456789012:certificate/2";
  candidate.uid = uid;
  candidate.names = {"shop.example.com"};
  candidate.status = "ISSUED";
  candidate.key_algorithm = "RSA_2048";
  candidate.type = situation.placement.spec.issuer.imported    ? "IMPORTED"
                   : situation.placement.spec.issuer.authority ? "PRIVATE"
                                                               : "AMAZON_ISSUED";
  situation.observed.owned.push_back(candidate);
}

Decision decide(const Situation& situation) {
  return plan(situation.placement, situation.observed, kNow).decision;
}

std::string name_of(const Action& action) {
  static constexpr const char* kNames[] = {"RequestCertificate",
                                           "ImportCertificate",
                                           "AddTags",
                                           "RemoveTags",
                                           "DeleteCertificate",
                                           "Recover",
                                           "TakeOver",
                                           "LetGo",
                                           "Wait"};
  static_assert(std::variant_size_v<Action> == std::size(kNames));
  return kNames[action.index()];
}

std::string name_of(const Decision& decision) {
  if (decision.action) return name_of(*decision.action);
  return decision.stalled ? "stalled" : "nothing";
}

void expect_decisions(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Decision decision = decide(row.make());
    EXPECT_EQ(decision.reason, row.reason) << row.when << ": " << decision.message;
    EXPECT_EQ(name_of(decision), row.action) << row.when << ": " << decision.message;
  }
}

}  // namespace certloop::placement
