#include "estate/estate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "estate/packed_row.h"
#include "estate/table.h"

namespace certloop::estate {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Place kPlace{"payments", "prod", "us-east-1"};
const std::string kSource = "111122223333";
const Time kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

aws::CertificateSummary summary(const std::string& arn, const std::string& domain = "a.example") {
  aws::CertificateSummary one;
  one.certificate_arn = arn;
  one.domain_name = domain;
  one.status = "ISSUED";
  return one;
}

aws::Tags owned(const std::string& owner) { return {{"certloop.dev/owner", "default/" + owner}}; }

// What AWS lists; everything else is not asked of it here.
class Listed final : public aws::Acm, public aws::Tagging {
 public:
  std::map<std::string, aws::CertificateSummary> certificates;
  std::map<std::string, aws::Tags> tags;
  std::optional<Error> refusal, tags_refusal;
  std::function<void()> meanwhile;  // what happens while the listing is read

  void hold(const aws::CertificateSummary& one, const std::optional<aws::Tags>& its_tags = {}) {
    certificates[one.certificate_arn] = one;
    if (its_tags) tags[one.certificate_arn] = *its_tags;
  }
  Result<void> search_certificates(const aws::SummarySink& sink) override {
    if (meanwhile) meanwhile();
    if (refusal) return *refusal;
    for (const auto& [arn, one] : certificates) sink(aws::CertificateSummary(one), Instant{});
    return {};
  }
  Result<void> get_resources(const std::string&, const aws::Tags&,
                             const aws::TaggedResourceSink& sink) override {
    if (tags_refusal) return *tags_refusal;
    for (const auto& [arn, all] : tags) sink(std::string(arn), aws::Tags(all), Instant{});
    return {};
  }

  Result<aws::Turn> take_turn(std::string_view) override { return no(); }
  Result<std::string> request_certificate(const aws::RequestCertificate&) override { return no(); }
  Result<std::string> import_certificate(const aws::ImportCertificate&) override { return no(); }
  Result<aws::CertificateDetail> describe_certificate(const std::string&) override { return no(); }
  Result<aws::CertificateAndChain> get_certificate(const std::string&) override { return no(); }
  Result<aws::Tags> list_tags_for_certificate(const std::string&) override { return no(); }
  Result<void> add_tags_to_certificate(const std::string&, const aws::Tags&) override {
    return no();
  }
  Result<void> remove_tags_from_certificate(const std::string&,
                                            const std::vector<std::string>&) override {
    return no();
  }
  Result<void> delete_certificate(const std::string&) override { return no(); }
  Result<void> renew_certificate(const std::string&) override { return no(); }

 private:
  static Error no() { return Error(Code::internal, "an estate only lists"); }
};

class EstateTest : public testing::Test {
 protected:
  struct Told {
    std::vector<std::string> arns, owners;
    bool all = false;
  };

  Result<void> sweep() {
    clock_.advance(minutes(1));
    told_.reset();
    return estate_.sweep(kPlace, source_, aws_, aws_);
  }

  std::string source_ = kSource;
  SimClock clock_{kStart};
  Listed aws_;
  std::optional<Told> told_;
  Estate estate_{clock_, [this](const Place&, const std::vector<std::string>& arns,
                                const std::vector<std::string>& owners, bool all) {
                   told_ = Told{arns, owners, all};
                 }};
};

TEST(PackedRow, ComesBackAsItWas) {
  Row row;
  auto& s = row.summary;
  s.certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  s.domain_name = "shop.example.com";
  s.subject_alternative_names = {"shop.example.com", "", std::string(300, 'a') + ".example"};
  s.has_additional_names = s.exported = true;
  s.status = "ISSUED";
  s.type = "PRIVATE";
  s.key_algorithm = "EC_prime256v1";
  s.serial = "0a:0b";
  s.issuer = "Root";
  s.renewal_eligibility = "ELIGIBLE";
  s.renewal_status = "SUCCESS";
  s.created_at = kStart;
  s.not_after = kStart + minutes(3);
  row.tags = aws::Tags{{"team", "shop"}, {"empty", ""}};
  row.asked = Instant(minutes(1));

  const Row back = unpack(s.certificate_arn, pack(row));
  const auto& b = back.summary;
  EXPECT_EQ(b.certificate_arn, s.certificate_arn);
  EXPECT_EQ(std::tie(b.domain_name, b.status, b.type, b.key_algorithm, b.serial, b.issuer,
                     b.renewal_eligibility, b.renewal_status),
            std::tie(s.domain_name, s.status, s.type, s.key_algorithm, s.serial, s.issuer,
                     s.renewal_eligibility, s.renewal_status));
  EXPECT_EQ(b.subject_alternative_names, s.subject_alternative_names);
  EXPECT_EQ(std::tie(b.has_additional_names, b.in_use, b.exported, b.export_enabled),
            std::tie(s.has_additional_names, s.in_use, s.exported, s.export_enabled));
  EXPECT_EQ(
      std::tie(b.created_at, b.issued_at, b.imported_at, b.revoked_at, b.not_before, b.not_after),
      std::tie(s.created_at, s.issued_at, s.imported_at, s.revoked_at, s.not_before, s.not_after));
  EXPECT_EQ(back.tags, row.tags);
  EXPECT_EQ(back.asked, row.asked);
}

TEST(PackedRow, TellsUnknownTagsFromNone) {
  Row row{summary("arn:1"), std::nullopt, {}};
  EXPECT_FALSE(unpack("arn:1", pack(row)).tags.has_value());
  row.tags.emplace();
  ASSERT_TRUE(unpack("arn:1", pack(row)).tags.has_value());
  EXPECT_THAT(*unpack("arn:1", pack(row)).tags, IsEmpty());
}

TEST(Table, ARowThatIsReplacedIsFoundUnderItsNewOwnerOnly) {
  Table table;
  table.put({summary("arn:1"), owned("payments/old"), {}});
  table.put({summary("arn:1"), owned("payments/new"), {}});
  table.put({summary("arn:2"), owned("payments/new"), {}});
  EXPECT_THAT(table.owned_by("payments/old"), IsEmpty());
  EXPECT_EQ(table.owned_by("payments/new").size(), 2U);
  table.erase("arn:1");
  ASSERT_EQ(table.owned_by("payments/new").size(), 1U);
  EXPECT_EQ(table.owned_by("payments/new").front().summary.certificate_arn, "arn:2");
  EXPECT_EQ(table.size(), 1U);
}

TEST(Table, ARowWhoseTagsAreUnknownIsFoundByItsName) {
  Table table;
  table.put({summary("arn:1", "Shop.Example"), std::nullopt, {}});
  table.put({summary("arn:2", "shop.example"), aws::Tags{}, {}});
  ASSERT_EQ(table.of_unknown_owner("shop.example").size(), 1U);
  EXPECT_EQ(table.of_unknown_owner("shop.example").front().summary.certificate_arn, "arn:1");
}

TEST_F(EstateTest, TellsWhatCameWentAndChanged) {
  aws_.hold(summary("arn:stays"), owned("payments/stays"));
  aws_.hold(summary("arn:changes"), owned("payments/changes"));
  aws_.hold(summary("arn:goes"), owned("payments/goes"));
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(told_->all);
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(told_->all);
  EXPECT_THAT(told_->arns, IsEmpty());

  aws_.certificates["arn:changes"].status = "EXPIRED";
  aws_.certificates.erase("arn:goes");
  aws_.hold(summary("arn:comes"), owned("payments/comes"));
  ASSERT_TRUE(sweep().ok());
  EXPECT_THAT(told_->arns, UnorderedElementsAre("arn:changes", "arn:goes", "arn:comes"));
  EXPECT_THAT(told_->owners,
              UnorderedElementsAre("payments/changes", "payments/goes", "payments/comes"));
}

TEST_F(EstateTest, AFailedReadingLeavesTheSnapshotAndSaysWhy) {
  aws_.hold(summary("arn:1"));
  ASSERT_TRUE(sweep().ok());
  const auto taken = estate_.taken(kPlace);
  aws_.refusal = Error(Code::denied, "acm:SearchCertificates is not allowed");
  EXPECT_EQ(sweep().error().code(), Code::denied);
  EXPECT_EQ(estate_.taken(kPlace), taken);
  EXPECT_TRUE(estate_.find(kPlace, "arn:1").has_value());
  ASSERT_TRUE(estate_.failure(kPlace).has_value());
  EXPECT_EQ(estate_.failure(kPlace)->message(), "acm:SearchCertificates is not allowed");
  aws_.refusal.reset();
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(estate_.failure(kPlace).has_value());
}

TEST_F(EstateTest, TellsEverybodyOfTheFirstFailureBeforeAnyReading) {
  aws_.refusal = Error(Code::denied, "no");
  ASSERT_FALSE(sweep().ok());
  EXPECT_TRUE(told_->all);
  ASSERT_FALSE(sweep().ok());
  EXPECT_FALSE(told_->all);
}

// Whoever may not use the tagging service has certificates all the same.
// The account could not be used meanwhile, so there was no failed reading to be told of; but
// whoever looked has called the last one stale.
TEST_F(EstateTest, TellsEverybodyOfAReadingAfterTheLastHasGoneStale) {
  ASSERT_TRUE(sweep().ok());
  clock_.advance(minutes(13));
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(told_->all);
  clock_.advance(Estate::kStaleAfter);
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(told_->all);
}

TEST_F(EstateTest, TagsAreUnknownWhereTheirReadingIsDenied) {
  aws_.hold(summary("arn:1"), owned("payments/shop"));
  aws_.tags_refusal = Error(Code::denied, "no");
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(estate_.find(kPlace, "arn:1")->tags.has_value());
  aws_.tags_refusal = Error(Code::unavailable, "later");
  EXPECT_FALSE(sweep().ok());
}

TEST_F(EstateTest, WhatWeWroteOutlivesAPageThatWasAskedForBefore) {
  ASSERT_TRUE(sweep().ok());
  estate_.wrote(kPlace, {summary("arn:new"), owned("payments/new"), {}});
  EXPECT_TRUE(estate_.find(kPlace, "arn:new").has_value());
  // The index of tags lags: the page knows the certificate, but not its tags.
  aws_.hold(summary("arn:new"));
  ASSERT_TRUE(sweep().ok());
  EXPECT_EQ(estate_.owned_by(kPlace, "payments/new").size(), 1U);
  clock_.advance(minutes(20));
  ASSERT_TRUE(sweep().ok());
  EXPECT_THAT(estate_.owned_by(kPlace, "payments/new"), IsEmpty());
}

TEST_F(EstateTest, WhatWeDeletedStaysGoneAndComesBackOnlyByALaterPage) {
  aws_.hold(summary("arn:1"));
  ASSERT_TRUE(sweep().ok());
  estate_.deleted(kPlace, "arn:1");
  EXPECT_FALSE(estate_.find(kPlace, "arn:1").has_value());
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(estate_.find(kPlace, "arn:1").has_value()) << "it was not deleted after all";
}

// The system's time may be put back while we run: that decides nothing.
class ClockPutBack final : public Clock {
 public:
  Time now() const override { return kStart - shift; }
  Instant tick() const override { return tick_; }
  void advance(Duration by) { tick_ += by; }
  Duration shift{0};

 private:
  Instant tick_{};
};

TEST(EstateClock, AReadingAfterTheTimeWasPutBackIsNewerThanWhatWeWroteBefore) {
  ClockPutBack clock;
  Listed aws;
  Estate estate(clock, {});
  estate.wrote(kPlace, {summary("arn:1"), owned("payments/shop"), {}});
  estate.wrote_tags(kPlace, "arn:1", owned("payments/ours"));
  estate.deleted(kPlace, "arn:2");

  clock.shift = std::chrono::hours(1);
  clock.advance(minutes(16));
  auto issued = summary("arn:1");
  issued.status = "ISSUED_SINCE";
  aws.hold(issued, owned("payments/theirs"));
  aws.hold(summary("arn:2"));
  ASSERT_TRUE(estate.sweep(kPlace, kSource, aws, aws).ok());
  EXPECT_EQ(estate.find(kPlace, "arn:1")->summary.status, "ISSUED_SINCE");
  EXPECT_EQ(estate.owned_by(kPlace, "payments/theirs").size(), 1U) << "the pin has run out";
  EXPECT_TRUE(estate.find(kPlace, "arn:2").has_value());
  clock.advance(minutes(3));
  EXPECT_EQ(estate.age(kPlace), Duration(minutes(3)));
  EXPECT_EQ(estate.begun(kPlace), clock.tick() - minutes(3));
}

TEST_F(EstateTest, OneAnswerThatAnArnDoesNotExistProvesNothing) {
  aws_.hold(summary("arn:1"));
  ASSERT_TRUE(sweep().ok());
  estate_.answered_not_found(kPlace, "arn:1");
  EXPECT_FALSE(estate_.is_gone(kPlace, "arn:1"));
  EXPECT_THAT(estate_.doubted(kPlace), ElementsAre("arn:1"));
}

TEST_F(EstateTest, GoneIsWhatALiveReadDeniesAndALaterListingLacks) {
  aws_.hold(summary("arn:1"), owned("payments/shop"));
  ASSERT_TRUE(sweep().ok());
  aws_.certificates.clear();
  aws_.meanwhile = [&] {
    clock_.advance(std::chrono::seconds(1));
    estate_.answered_not_found(kPlace, "arn:1");
  };
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(estate_.is_gone(kPlace, "arn:1")) << "that listing was begun before the answer";
  EXPECT_THAT(told_->arns, testing::Contains("arn:1")) << "whoever holds it must look";
  aws_.meanwhile = nullptr;
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(estate_.is_gone(kPlace, "arn:1"));
  EXPECT_THAT(estate_.doubted(kPlace), IsEmpty());
  EXPECT_THAT(told_->arns, ElementsAre("arn:1")) << "its holder is told of the proof";
  ASSERT_TRUE(sweep().ok());
  EXPECT_THAT(told_->arns, IsEmpty());
}

TEST_F(EstateTest, AFailedListingProvesNothing) {
  ASSERT_TRUE(sweep().ok());
  estate_.answered_not_found(kPlace, "arn:1");
  aws_.refusal = Error(Code::unavailable, "no answer");
  ASSERT_FALSE(sweep().ok());
  EXPECT_FALSE(estate_.is_gone(kPlace, "arn:1"));
}

TEST_F(EstateTest, AListingThatHasItLeavesItInDoubtUntilALiveReadIsRepeated) {
  aws_.hold(summary("arn:1"));
  ASSERT_TRUE(sweep().ok());
  estate_.answered_not_found(kPlace, "arn:1");
  ASSERT_TRUE(sweep().ok());
  EXPECT_THAT(estate_.doubted(kPlace), ElementsAre("arn:1"));
  aws_.certificates.clear();  // one odd listing after a contradiction is one reading, not two
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(estate_.is_gone(kPlace, "arn:1"));
  estate_.answered_not_found(kPlace, "arn:1");
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(estate_.is_gone(kPlace, "arn:1"));
  aws_.hold(summary("arn:1"));
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(estate_.is_gone(kPlace, "arn:1")) << "it is listed again after all";
}

TEST_F(EstateTest, AskingAgainDoesNotPushTheProofAway) {
  ASSERT_TRUE(sweep().ok());
  estate_.answered_not_found(kPlace, "arn:1");
  aws_.meanwhile = [&] { estate_.answered_not_found(kPlace, "arn:1"); };
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(estate_.is_gone(kPlace, "arn:1"));
}

TEST_F(EstateTest, WhatIsSeenOrWrittenIsInDoubtNoMore) {
  ASSERT_TRUE(sweep().ok());
  for (const char* arn : {"arn:seen", "arn:written", "arn:tagged", "arn:gone"})
    estate_.answered_not_found(kPlace, arn);
  estate_.saw(kPlace, "arn:seen");
  estate_.wrote(kPlace, {summary("arn:written"), std::nullopt, {}});
  estate_.wrote_tags(kPlace, "arn:tagged", {});
  EXPECT_THAT(estate_.doubted(kPlace), ElementsAre("arn:gone"));
  ASSERT_TRUE(sweep().ok());
  EXPECT_FALSE(estate_.is_gone(kPlace, "arn:seen"));
  ASSERT_TRUE(estate_.is_gone(kPlace, "arn:gone"));
  estate_.saw(kPlace, "arn:gone");
  EXPECT_FALSE(estate_.is_gone(kPlace, "arn:gone"));
}

TEST_F(EstateTest, NothingIsGoneWithinTwoMinutesOfOurOwnWrite) {
  ASSERT_TRUE(sweep().ok());
  estate_.wrote(kPlace, {summary("arn:1"), owned("payments/shop"), {}});
  clock_.advance(std::chrono::seconds(30));
  estate_.answered_not_found(kPlace, "arn:1");
  EXPECT_THAT(estate_.doubted(kPlace), ElementsAre("arn:1"));
  for (int minute = 0; minute < 5; ++minute) {
    ASSERT_TRUE(sweep().ok());
    EXPECT_FALSE(estate_.is_gone(kPlace, "arn:1")) << "both readings may lag behind our write";
  }
  estate_.answered_not_found(kPlace, "arn:1");
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(estate_.is_gone(kPlace, "arn:1"));
}

TEST_F(EstateTest, WhatWasReadOfAnotherAwsAccountIsForgotten) {
  aws_.hold(summary("arn:1"));
  ASSERT_TRUE(sweep().ok());
  estate_.answered_not_found(kPlace, "arn:2");
  estate_.set_source("payments", "prod", kSource);
  EXPECT_TRUE(estate_.find(kPlace, "arn:1").has_value()) << "it is the same one";
  estate_.set_source("payments", "prod", "444455556666");
  EXPECT_FALSE(estate_.taken(kPlace).has_value());
  EXPECT_FALSE(estate_.find(kPlace, "arn:1").has_value());
  EXPECT_THAT(estate_.doubted(kPlace), IsEmpty());
}

TEST_F(EstateTest, AReadingUnderWayOfAnotherAwsAccountComesToNothing) {
  aws_.hold(summary("arn:old"));
  aws_.meanwhile = [&] { estate_.set_source("payments", "prod", "444455556666"); };
  const Place elsewhere{"payments", "prod", "eu-west-1"};
  EXPECT_EQ(estate_.sweep(elsewhere, kSource, aws_, aws_).error().code(), Code::conflict);
  EXPECT_EQ(sweep().error().code(), Code::conflict);
  EXPECT_FALSE(told_.has_value());
  EXPECT_FALSE(estate_.find(kPlace, "arn:old").has_value());
  aws_.meanwhile = [&] { estate_.forget("payments", "prod"); };
  EXPECT_EQ(sweep().error().code(), Code::conflict);
  EXPECT_FALSE(estate_.taken(kPlace).has_value());
}

TEST_F(EstateTest, APlaceThatWasNeverReadKnowsNothing) {
  EXPECT_FALSE(estate_.taken(kPlace).has_value());
  EXPECT_THAT(estate_.rows(kPlace), IsEmpty());
  ASSERT_TRUE(sweep().ok());
  EXPECT_TRUE(estate_.taken(kPlace).has_value());
  estate_.forget("payments", "prod");
  EXPECT_FALSE(estate_.taken(kPlace).has_value());
}

}  // namespace
}  // namespace certloop::estate
