#pragma once
// A CertificateAuthority as a reading finds it, to be bent into whatever a row is about.
#include "ledger/ownership.h"
#include "reconcilers/authority/plan.h"

namespace certloop::authority {

inline const Time kNow{std::chrono::hours(500'000)};
inline const std::string kArn =
    "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/11111111";
inline const std::string kOtherArn =
    "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/22222222";

struct Situation {
  api::CertificateAuthority authority;
  Observed observed;

  // ACTIVE, ours, as the spec says.
  Situation() {
    auto& meta = authority.meta;
    meta.space = "default";
    meta.name = "root";
    meta.uid = "uid-1";
    meta.generation = 1;
    auto& spec = authority.spec.acm_pca;
    spec.region = "us-east-1";
    spec.subject.common_name = "Root";
    spec.tags = {{"team", "pki"}};
    observed.installation = "default";
    observed.account_id = "123456789012";
    observed.presence = Presence::present;
    observed.in_ledger = observed.tags_known = observed.permissions_known = true;
    auto& known = observed.known;
    known.arn = kArn;
    known.attempts = 2;
    known.acm_may_renew = true;
    known.tags = owner_tags(authority, observed);
    known.tags["team"] = "pki";
    const auto want = wanted(authority, observed, "");
    auto& detail = observed.detail;
    detail.arn = kArn;
    detail.type = want.type;
    detail.key_algorithm = want.key_algorithm;
    detail.signing_algorithm = want.signing_algorithm;
    detail.subject = want.subject;
    detail.usage_mode = want.usage_mode;
    set_status("ACTIVE");
  }

  void set_status(const std::string& status) {
    observed.known.aws_status = observed.detail.status = status;
  }
  void set_absent(Presence presence) {
    observed.presence = presence;
    observed.detail = {};
    observed.known.aws_status.clear();
    observed.tags_known = false;
  }
  void nothing_made() {
    set_absent(Presence::absent);
    observed.known = {};
    observed.in_ledger = false;
  }
  void remove(bool in_aws) {
    authority.meta.deleted = kNow;
    authority.spec.delete_in_aws = in_aws;
  }
  void confirm() {
    authority.meta.annotations["certloop.dev/confirm"] =
        deletion_digest(authority, observed.known.arn);
  }
  void set_tag(std::string_view key, const std::string& value) {
    if (value.empty())
      observed.known.tags.erase(std::string(key));
    else
      observed.known.tags[std::string(key)] = value;
  }
  // As observe() would have found it with that owner tag.
  void owned_by(const std::string& owner) {
    set_tag(ledger::kOwnerTag, owner);
    observed.foreign_owner = owner;
  }
  void adopt() {
    authority.spec.acm_pca.arn = kArn;
    observed.known.attempts = 0;
    observed.in_ledger = false;
    set_tag(ledger::kOwnerTag, "");
    set_tag(ledger::kUidTag, "");
  }
  Candidate candidate(const std::string& status, const std::string& uid) const {
    return {kOtherArn, uid, uid + ".1", status, kNow};
  }
  Decision decide() const { return plan(authority, observed, kNow).decision; }
};

}  // namespace certloop::authority
