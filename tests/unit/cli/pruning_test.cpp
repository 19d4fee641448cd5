// What `plan --prune` and `diff --prune` take for deleted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/pruning.h"
#include "fake_program.h"
#include "store/merge.h"

namespace certloop::cli {
namespace {

using api::Kind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class PruningTest : public testing::Test {
 protected:
  // What a source brought; of the prod Account, where it is a Certificate.
  api::Object brought(Kind kind, const std::string& name, const std::string& space = "default") {
    const std::string spec =
        kind == Kind::certificate
            ? R"({"domainName": "a.example.com", "region": "us-east-1", "issuer": {"amazon": {}},
                  "accountRef": {"name": "prod"}})"
            : R"({"scope": "Account", "regions": ["us-east-1"], "authentication":
                  {"accessKey": {"accessKeyId": "test", "secretAccessKeyRef":
                  {"name": "prod-aws", "key": "secretAccessKey"}}}})";
    api::Object object;
    object.kind = kind;
    object.meta.name = name;
    object.meta.space = space;
    object.meta.labels[store::kSourceLabel] = "0123";
    object.body = *api::Document::parse(kind == Kind::secret ? R"({"data": {"a": "dGVzdA=="}})"
                                                             : R"({"spec": )" + spec + "}");
    auto made = program_.store()->create(object);
    if (!made) throw std::runtime_error(made.error().message());
    return *made;
  }

  Lacking lacking(const std::vector<api::Object>& merged, std::vector<std::string> flags = {}) {
    std::istringstream in;
    std::ostringstream out, err;
    const Environment environment{.arguments = {}, .in = in, .out = out, .err = err};
    Session session(environment, program_);
    Flags parsed;
    session.declare_globals(parsed);
    if (!parsed.parse(std::move(flags)).ok()) throw std::runtime_error("flags");
    session.finish_flags();
    auto found = cli::lacking(*program_.store(), merged, session);
    if (!found) throw std::runtime_error(found.error().message());
    return *found;
  }

  FakeProgram program_;
};

TEST_F(PruningTest, WhatUsesOthersGoesFirst) {
  const auto secret = brought(Kind::secret, "prod-aws").key();
  const auto account = brought(Kind::account, "prod").key();
  const auto certificate = brought(Kind::certificate, "shop").key();
  EXPECT_THAT(lacking({}).keys_to_go(), ElementsAre(certificate, account, secret));
  EXPECT_THAT(lacking({}, {"-n", "team"}).keys_to_go(), IsEmpty());
}

TEST_F(PruningTest, WhatTheFilesHaveKeepsWhatItNames) {
  const auto secret = brought(Kind::secret, "prod-aws").key();
  const auto account = brought(Kind::account, "prod").key();
  const auto certificate = brought(Kind::certificate, "shop");
  const auto other = brought(Kind::certificate, "blog").key();
  const Lacking found = lacking({certificate});
  EXPECT_THAT(found.keys_to_go(), ElementsAre(other));
  EXPECT_THAT(found.in_use, UnorderedElementsAre(account, secret));
}

// Not by any file, but by what is not of a source.
TEST_F(PruningTest, WhatWasAppliedByHandKeepsWhatItNames) {
  const auto account = brought(Kind::account, "prod").key();
  auto certificate = brought(Kind::certificate, "shop");
  certificate.meta.labels.clear();
  ASSERT_TRUE(program_.store()->edit_metadata(certificate).ok());
  EXPECT_THAT(lacking({}).keys_to_go(), IsEmpty());
  EXPECT_THAT(lacking({}).in_use, ElementsAre(account));
}

TEST_F(PruningTest, WhatIsBeingDeletedIsNotDeletedAgain) {
  auto certificate = brought(Kind::certificate, "shop");
  certificate.meta.finalizers = {"certloop.dev/aws"};
  ASSERT_TRUE(program_.store()->edit_metadata(certificate).ok());
  ASSERT_TRUE(program_.store()->remove(certificate.key(), {}).ok());
  EXPECT_THAT(lacking({}).keys_to_go(), IsEmpty());
}

}  // namespace
}  // namespace certloop::cli
