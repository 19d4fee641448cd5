#include "spec/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/text.h"
#include "tests/unit/spec/fake_files.h"

namespace certloop::spec {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kCertificate =
    "apiVersion: certloop.dev/v1alpha1\n"
    "kind: Certificate\n"
    "metadata: {name: shop, namespace: payments}\n"
    "spec:\n"
    "  domainName: shop.example.com\n"
    "  accountRef: {name: prod}\n"
    "  region: us-east-1\n"
    "  issuer: {amazon: {}}\n";

std::string certificate(const std::string& name) {
  return "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\nmetadata: {name: " + name +
         "}\nspec: {domainName: a.example.com, accountRef: {name: p}, region: us-east-1, issuer: "
         "{amazon: {}}}\n";
}

Result<std::vector<LoadedObject>> load_yaml(std::string_view text) {
  return load_text(std::string(text), "shop.yaml", {});
}

// The lines of the report.
std::vector<std::string> faults_of(const Result<std::vector<LoadedObject>>& loaded) {
  return loaded.ok() ? std::vector<std::string>{} : split(loaded.error().message(), '\n');
}

TEST(Load, GivesTheObjectWithItsDefaultsAndItsPlace) {
  const auto loaded = load_yaml("# ours\n" + std::string(kCertificate));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  ASSERT_EQ(loaded->size(), 1u);
  const LoadedObject& first = loaded->front();
  EXPECT_EQ(api::text_of(first.object.key()), "Certificate payments/shop");
  EXPECT_EQ(first.file, "shop.yaml");
  EXPECT_EQ(first.line, 2);
  EXPECT_EQ(first.object.body.text(),
            R"({"spec":{"accountRef":{"name":"prod"},"allowDisjointNames":false,)"
            R"("domainName":"shop.example.com","issuer":{"amazon":{"exportable":false,)"
            R"("validation":"DNS"}},"management":"Enforce","region":"us-east-1",)"
            R"("reimport":"Allowed","replacement":"CreateBeforeDelete",)"
            R"("replacementGraceHours":24,"state":"Active","tagOwnership":"Merge"}})");
}

TEST(Load, TellsEveryFaultOfEveryFileWithItsLine) {
  const FakeFiles files({{"specs/a.yaml",
                          "apiVersion: certloop.dev/v1alpha1\n"
                          "kind: Certificate\n"
                          "metadata: {name: a}\n"
                          "spec:\n"
                          "  domainName: a.example.com\n"
                          "  accountRef: {name: p}\n"
                          "  region: useast1\n"
                          "  issuer:\n"
                          "    authority: {}\n"
                          "---\n"
                          "apiVersion: certloop.dev/v1alpha1\n"
                          "kind: Acount\n"
                          "metadata: {name: b}\n"},
                         {"specs/b.json",
                          "{\"apiVersion\": \"certloop.dev/v1alpha1\", \"kind\": \"Certificate\",\n"
                          " \"metadata\": {\"name\": \"c\"},\n"
                          " \"spec\": {\n"
                          "  \"domainNam\": \"x.example.com\"}}\n"},
                         {"specs/notes.txt", "not a spec"}});
  LoadOptions options;
  options.paths = {"specs"};
  const auto loaded = load(files, options);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code(), Code::invalid);
  EXPECT_THAT(
      faults_of(loaded),
      ElementsAre(
          StartsWith("specs/a.yaml:7: Certificate default/a: spec.region: must look like"),
          StartsWith("specs/a.yaml:9: Certificate default/a: spec.issuer.authority.name: a private "
                     "CA is required; "),
          "specs/a.yaml:11: b: kind: 'Acount' is not known; did you mean Account?",
          StartsWith("specs/b.json:3: Certificate default/c: spec.domainName: must be set; "),
          StartsWith("specs/b.json:3: Certificate default/c: spec.issuer: must have exactly one"),
          StartsWith("specs/b.json:3: Certificate default/c: spec.accountRef: must be set; "),
          StartsWith("specs/b.json:3: Certificate default/c: spec.region: must be set; "),
          "specs/b.json:4: Certificate default/c: spec.domainNam: unknown field; did you "
          "mean domainName?"));
}

TEST(Load, ReadsDirectoriesInOrderAndBelowOnlyWhenAsked) {
  const FakeFiles files({{"d/b.yml", certificate("b")},
                         {"d/a.yaml", certificate("a")},
                         {"d/sub/c.json.yaml", certificate("c")},
                         {"d/README.md", "words"}});
  LoadOptions options;
  options.paths = {"d"};
  const auto names = [&] {
    std::vector<std::string> all;
    for (const LoadedObject& loaded : load(files, options).value())
      all.push_back(loaded.file + " " + loaded.object.meta.name);
    return all;
  };
  EXPECT_THAT(names(), ElementsAre("d/a.yaml a", "d/b.yml b"));
  options.recursive = true;
  EXPECT_THAT(names(), ElementsAre("d/a.yaml a", "d/b.yml b", "d/sub/c.json.yaml c"));
}

TEST(Load, SaysWhatCannotBeReadBesideWhatIsWrong) {
  const FakeFiles files(std::map<std::string, std::string>{{"bad.yaml", "kind: [\n"}});
  LoadOptions options;
  options.paths = {"missing.yaml"};
  EXPECT_EQ(load(files, options).error().code(), Code::not_found);
  options.paths = {"missing.yaml", "bad.yaml"};
  const auto both = load(files, options);
  EXPECT_EQ(both.error().code(), Code::invalid);
  EXPECT_THAT(both.error().message(),
              AllOf(HasSubstr("bad.yaml:"), HasSubstr("broken YAML"), HasSubstr("missing.yaml")));
}

TEST(Load, RefusesWhatHoldsNoObject) {
  for (const char* text : {"", "---\n---\n", "# only words\n"})
    EXPECT_THAT(load_yaml(text).error().message(), HasSubstr("no objects found")) << text;
  EXPECT_THAT(load_yaml("[1, 2]").error().message(), HasSubstr("an object must be a map"));
}

TEST(Load, NamesTheFlagForDirectoriesBelowOnlyWhereThereAreSome) {
  const FakeFiles files({{"flat/README.md", "words"}, {"deep/sub/a.yaml", certificate("a")}});
  LoadOptions options;
  options.paths = {"deep"};
  EXPECT_THAT(load(files, options).error().message(), HasSubstr("use --recursive"));
  options.paths = {"flat"};
  EXPECT_THAT(load(files, options).error().message(), Not(HasSubstr("--recursive")));
}

// What is put behind a text to find open quotes changes no value.
TEST(Load, KeepsTheLastLineAsItIsWritten) {
  const std::string head =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  text: ";
  const auto value_of = [&](const std::string& end) {
    return load_yaml(head + end).value().front().object.body.text();
  };
  EXPECT_THAT(value_of("|\n    b\n"), HasSubstr("\"Ygo=\""));
  EXPECT_THAT(value_of("|\n    b"), HasSubstr("\"Yg==\""));
  EXPECT_THAT(value_of("|-\n    b\n"), HasSubstr("\"Yg==\""));
  EXPECT_THAT(value_of("\"b\"  "), HasSubstr("\"Yg==\""));
  EXPECT_THAT(value_of("b # c\n"), HasSubstr("\"Yg==\""));
}

TEST(Load, TakesTheItemsOfLists) {
  const auto loaded = load_yaml(
      "apiVersion: v1\nkind: List\nitems:\n"
      "- apiVersion: certloop.dev/v1alpha1\n"
      "  kind: Certificate\n"
      "  metadata: {name: one}\n"
      "  spec: {domainName: a.example.com, accountRef: {name: p}, region: us-east-1, issuer: "
      "{amazon: {}}}\n"
      "---\n"
      "apiVersion: certloop.dev/v1alpha1\nkind: CertificateList\nitems:\n"
      "- metadata: {name: two}\n"
      "  spec: {domainName: a.example.com, accountRef: {name: p}, region: us-east-1, issuer: "
      "{amazon: {}}}\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  ASSERT_EQ(loaded->size(), 2u);
  EXPECT_EQ((*loaded)[0].object.meta.name, "one");
  EXPECT_EQ((*loaded)[0].line, 4);
  EXPECT_EQ((*loaded)[1].object.meta.name, "two");
}

TEST(Load, PutsObjectsIntoTheNamespaceThatWasAskedFor) {
  LoadOptions options;
  options.space = "shop";
  EXPECT_EQ(load_text(certificate("a"), "f", options).value()[0].object.meta.space, "shop");
  EXPECT_EQ(load_text(std::string(kCertificate), "f", options).value()[0].object.meta.space,
            "payments");
  options.only_space = true;
  EXPECT_THAT(load_text(std::string(kCertificate), "f", options).error().message(),
              HasSubstr("metadata.namespace: is not the namespace 'shop' that was asked for"));
}

TEST(Load, RefusesTheSameObjectTwice) {
  EXPECT_EQ(load_yaml(certificate("a") + "---\n" + certificate("a")).error().message(),
            "shop.yaml:6: Certificate default/a: already defined in shop.yaml:1; remove one");
}

// What `get -o yaml` prints can be applied again.
TEST(Load, PassesOverWhatOnlyTheStoreMakes) {
  const auto loaded = load_yaml(
      "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\n"
      "metadata:\n"
      "  name: a\n"
      "  uid: 12345678-1234-4234-8234-123456789012\n"
      "  resourceVersion: '7'\n"
      "  generation: 2\n"
      "  creationTimestamp: 2026-11-21T02:03:04Z\n"
      "  managedFields: [{manager: x, fieldsV1: {f:spec: {}}}]\n"
      "  labels: {team: shop}\n"
      "  annotations: {certloop.dev/abandon: 'true'}\n"
      "spec: {domainName: a.example.com, accountRef: {name: p}, region: us-east-1, issuer: "
      "{amazon: {}}}\n"
      "status: {anything: [goes, here]}\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  const api::Object& object = loaded->front().object;
  EXPECT_EQ(object.meta.uid, "");
  EXPECT_EQ(object.meta.version, "");
  EXPECT_EQ(object.meta.labels.at("team"), "shop");
  EXPECT_EQ(object.meta.annotations.at("certloop.dev/abandon"), "true");
  EXPECT_TRUE(object.status.empty());
}

// What kubectl create --dry-run=client -o yaml prints.
TEST(Load, TakesATimeThatIsNotSet) {
  const auto loaded = load_yaml(
      "apiVersion: v1\ndata: {tls.crt: YQ==, tls.key: Yg==}\nkind: Secret\n"
      "metadata:\n  creationTimestamp: null\n  name: a\ntype: kubernetes.io/tls\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_EQ(loaded->front().object.meta.name, "a");
}

struct Misreading {
  const char* what;
  std::string text;
  std::string message;
};

// The label says to `run` what it may prune, finalizers and owners say what waits for whom: no file
// decides that. What `get -o yaml` printed of them is passed over.
TEST(Load, PassesOverTheLabelOfASourceAndOurFinalizers) {
  const std::string rest =
      "spec: {domainName: a.example.com, accountRef: {name: p}, region: "
      "us-east-1, issuer: {amazon: {}}}\n";
  const std::string head =
      "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\nmetadata:\n"
      "  name: a\n";
  const auto loaded = load_yaml(head +
                                "  labels: {certloop.dev/source: 0123456789abcdef, team: shop}\n"
                                "  annotations: {certloop.dev/source-file: a.yaml}\n"
                                "  finalizers: [certloop.dev/certificate]\n" +
                                rest);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_THAT(loaded->front().object.meta.labels, ElementsAre(testing::Pair("team", "shop")));
  EXPECT_TRUE(loaded->front().object.meta.annotations.empty());
  EXPECT_TRUE(loaded->front().object.meta.finalizers.empty());
  EXPECT_THAT(faults_of(load_yaml(head + "  finalizers: [example.com/mine]\n" + rest)),
              ElementsAre("shop.yaml:5: Certificate default/a: metadata.finalizers: only "
                          "controllers set finalizers; remove it"));
}

TEST(Load, SaysThatTabsDoNotIndent) {
  EXPECT_THAT(faults_of(load_yaml("apiVersion: v1\nkind: Secret\nmetadata:\n\tname: a\n")),
              ElementsAre("shop.yaml:4: broken YAML: a tab cannot indent; use spaces"));
  EXPECT_THAT(faults_of(load_yaml("a:\n  b: 1\n \tc: 2\n")),
              ElementsAre("shop.yaml:3: broken YAML: a tab cannot indent; use spaces"));
}

TEST(Load, RefusesWhatReadersOfYamlDoNotAgreeOn) {
  const std::string head = "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\n";
  const std::vector<Misreading> rows = {
      {"a field that stands twice", head + "metadata: {name: a}\nmetadata: {name: b}\n",
       "shop.yaml:4: duplicate field 'metadata'"},
      {"the same in JSON", R"({"kind": "Certificate", "kind": "Account"})",
       "shop.yaml:1: duplicate field 'kind'"},
      {"a merge key", "a: &a {b: c}\nd: {<<: *a}\n", "shop.yaml:2: merge keys (<<)"},
      {"a tag", head + "metadata: !!binary aGk=\n", "shop.yaml:3: a tag"},
      {"nothing as a key", head + "null: a\n", "shop.yaml:3: a key must not be null"},
      {"a list as a key", head + "? [a]\n: b\n", "shop.yaml:3: a key must be a plain word"},
      {"a control character", head + "metadata: {name: \"a\x04\"}\n",
       "shop.yaml:3: invalid control character 0x04"},
      {"what is not UTF-8", head + "metadata: {name: \xff}\n",
       "shop.yaml:3: invalid UTF-8 byte 0xff"},
      {"an alias to what holds it", "a: &a [*a]\n", "shop.yaml:1: "},
      {"broken syntax", head + "metadata: {name: a\n", "shop.yaml:4: broken YAML"},
      {"a quote that is never closed", head + "metadata: {name: a}\nspec:\n  owner: \"b\n",
       "shop.yaml:6: broken YAML: the text ends inside quotes; close them"},
      {"the same before blanks", head + "metadata: {name: a}\nspec:\n  owner: 'b\n  ",
       "broken YAML: the text ends inside quotes; close them"},
      {"a comma at which yaml-cpp never ends", "a: |\n  b\n---\n,\n",
       "shop.yaml:4: broken YAML: no value can begin so"},
      {"another version", "apiVersion: v2\nkind: Certificate\n",
       "apiVersion: must be certloop.dev/v1alpha1 for kind Certificate, is 'v2'"},
      {"a kind that only the controller makes",
       "apiVersion: certloop.dev/v1alpha1\nkind: Placement\nmetadata: {name: a}\n",
       "Placement is made by the controller only"},
  };
  for (const Misreading& row : rows) {
    const auto loaded = load_yaml(row.text);
    ASSERT_FALSE(loaded.ok()) << row.what;
    EXPECT_THAT(loaded.error().message(), HasSubstr(row.message)) << row.what;
  }
}

// SECURITY, "YAML and JSON": aliases, depth and size are bounded.
TEST(Load, KeepsHostileTextWithinBounds) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) laughs += ", " + before;
    laughs += "]\n";
  }
  EXPECT_THAT(load_yaml(laughs).error().message(), HasSubstr("more than 200000 values"));
  EXPECT_THAT(load_yaml("a: " + std::string(100, '[') + std::string(100, ']')).error().message(),
              HasSubstr("nested deeper than 64 levels"));
  std::string json;
  for (int i = 0; i < 100; ++i) json += "{\"a\":";
  EXPECT_THAT(load_yaml(json + "1" + std::string(100, '}')).error().message(),
              HasSubstr("nested deeper than 64 levels"));
  EXPECT_THAT(load_yaml("a: " + std::string(5 << 20, 'x') + "\nb: c\n").error().message(),
              HasSubstr("larger than 4 MiB"));
}

// What holds no object costs as much to read as what does.
TEST(Load, BoundsTheDocumentsOfAFile) {
  std::string empty;
  for (int i = 0; i < 200'001; ++i) empty += "---\n";
  EXPECT_THAT(load_yaml(empty).error().message(),
              HasSubstr("shop.yaml:200001: more than 200000 documents in one file; split it"));
  // Explicit ends keep a stream in one piece.
  std::string ended;
  for (int i = 0; i < 200'001; ++i) ended += "---\n...\n";
  EXPECT_THAT(load_yaml(ended).error().message(), HasSubstr("more than 200000 documents"));
}

// Whoever ends the process need not wait for what somebody wrote.
TEST(Load, EndsAtOnceWhereItIsToStop) {
  const std::string comments(2 << 20, '#');
  for (const std::string& text :
       {"---\n" + certificate("a") + comments + "\n" + comments + "\n",  // nothing but comments
        "a: |\n  " + std::string(3 << 20, 'x') + "\n",                   // one long value
        certificate("a") + "---\n" + certificate("b") + "---\n" + certificate("c")}) {
    int asked = 0;
    LoadOptions options;
    options.goes_on = [&] { return ++asked < 2; };
    const auto stopped = load_text(text, "shop.yaml", options);
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code(), Code::cancelled);
    EXPECT_LT(asked, 10);
    options.goes_on = [&] { return ++asked > 0; };
    asked = 0;
    const auto whole = load_text(text, "shop.yaml", options);
    EXPECT_TRUE(whole.ok() || whole.error().code() == Code::invalid);
    EXPECT_GE(asked, 3);
  }
  const FakeFiles files({{"d/a.yaml", certificate("a")}, {"d/b.yaml", "kind: ["}});
  LoadOptions options;
  options.paths = {"d"};
  options.goes_on = [] { return false; };
  EXPECT_EQ(load(files, options).error().code(), Code::cancelled);
}

TEST(Load, BoundsTheBytesOfAFile) {
  class Measured final : public Files {
   public:
    Result<FileState> state(const std::string&) const override { return FileState{}; }
    Result<std::string> real_path(const std::string& path) const override { return path; }
    Result<std::vector<std::string>> list(const std::string&, std::size_t) const override {
      return std::vector<std::string>();
    }
    Result<std::string> read(const std::string&, std::size_t most,
                             const FileState*) const override {
      asked = most;
      return certificate("a");
    }
    mutable std::size_t asked = 0;
  };
  Measured files;
  LoadOptions options;
  options.paths = {"a.yaml"};
  ASSERT_TRUE(load(files, options).ok());
  EXPECT_EQ(files.asked, 64U << 20);
}

// However many files it is divided among.
TEST(Load, BoundsTheDocumentsAndBytesOfAllFilesTogether) {
  const std::string two = certificate("a") + "---\n" + certificate("b");
  const std::string list =
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: c}}\n"
      "- {apiVersion: v1, kind: Secret, metadata: {name: d}}\n";
  const FakeFiles files({{"d/a.yaml", two}, {"d/b.yaml", list}, {"d/c.yaml", certificate("e")}});
  LoadOptions options;
  options.paths = {"d"};
  options.max_documents = 4;  // two, the list and its first item
  const Reading cut = load_what_is_good(files, options);
  EXPECT_TRUE(cut.is_cut);
  EXPECT_EQ(cut.objects.size(), 3U);
  EXPECT_THAT(cut.error->message(),
              AllOf(StartsWith("d/b.yaml: "), HasSubstr("more than 4 documents"),
                    Not(HasSubstr("c.yaml"))));
  EXPECT_FALSE(load(files, options).ok());
  options.max_documents = 100;
  EXPECT_TRUE(load(files, options).ok());
  options.max_bytes = two.size() + 5;
  EXPECT_THAT(load(files, options).error().message(),
              AllOf(StartsWith("d/b.yaml: "), HasSubstr("have more than")));
}

TEST(Load, NamesTheFilesThatHoldFaults) {
  const FakeFiles files({{"d/a.yaml", certificate("a")},
                         {"d/b.yaml", certificate("b") + "---\nkind: ["},
                         {"d/c.yaml", "kind: Nonsense\n"},
                         {"d/d.yaml", certificate("a")}});
  LoadOptions options;
  options.paths = {"d"};
  EXPECT_THAT(load_what_is_good(files, options).faulty_files,
              ElementsAre("d/b.yaml", "d/c.yaml", "d/d.yaml"));
}

TEST(Load, KeepsScalarsAsTheSchemaTypesThem) {
  const auto loaded = load_yaml(
      "apiVersion: certloop.dev/v1alpha1\nkind: Account\nmetadata: {name: prod}\n"
      "spec:\n"
      "  scope: Account\n"
      "  accountId: 012345678901\n"
      "  enabled: True\n"
      "  regions: [us-east-1]\n"
      "  authentication: {profile: {profileName: no}}\n"
      "  rates: {acm: {ImportCertificate: 2}}\n"
      "---\n"
      "apiVersion: certloop.dev/v1alpha1\nkind: CertificateAuthority\nmetadata: {name: root}\n"
      "spec:\n"
      "  acmPca:\n"
      "    accountRef: {name: prod}\n"
      "    region: us-east-1\n"
      "    subject: {commonName: 0x10, country: NO, organization: 1.10}\n"
      "    validityDays: 365\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_THAT((*loaded)[0].object.body.text(),
              AllOf(HasSubstr(R"("accountId":"012345678901")"), HasSubstr(R"("enabled":true)"),
                    HasSubstr(R"("profileName":"no")"), HasSubstr(R"("ImportCertificate":2})")));
  EXPECT_THAT((*loaded)[1].object.body.text(),
              AllOf(HasSubstr(R"("country":"NO")"), HasSubstr(R"("commonName":"0x10")"),
                    HasSubstr(R"("organization":"1.10")"), HasSubstr(R"("validityDays":365)")));
}

TEST(Load, ReadsAliasesBlocksAndJson) {
  const auto loaded = load_yaml(
      "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\nmetadata: {name: &n shop}\n"
      "spec:\n"
      "  domainName: shop.example.com\n"
      "  accountRef: {name: *n}\n"
      "  region: us-east-1\n"
      "  issuer: {amazon: {}}\n"
      "  owner: >-\n"
      "    alice\n"
      "    and bob\n");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_THAT(
      loaded->front().object.body.text(),
      AllOf(HasSubstr(R"("accountRef":{"name":"shop"})"), HasSubstr(R"("owner":"alice and bob")")));
  const auto json = load_yaml(
      R"({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"},
          "stringData": {"smile": "\ud83d\ude00\/"}})");
  ASSERT_TRUE(json.ok()) << json.error().message();
  EXPECT_THAT(json->front().object.body.text(), HasSubstr("\"8J+YgC8=\""));
}

// The lines of faults were once looked up among the paths of all there is: gigabytes, where a key
// is long and has much below it.
TEST(Load, PlacesTheFaultsOfAnObjectWithLongKeys) {
  const std::string key(200'000, 'k');
  std::string text = certificate("a") + "unknown:\n  " + key + ":\n";
  for (int i = 0; i < 20'000; ++i) text += "    a" + std::to_string(i) + ": 1\n";
  text += "other: 1\n";
  const auto faults = faults_of(load_yaml(text));
  EXPECT_THAT(faults, ElementsAre(StartsWith("shop.yaml:5: "), StartsWith("shop.yaml:20007: ")));
}

TEST(Load, PlacesWhatIsMissingAtWhatShouldHoldIt) {
  const auto faults = faults_of(load_yaml(
      "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\nmetadata: {name: a}\n"
      "spec:\n  domainName: a.example.com\n  accountRef:\n    namespace: x\n  region: us-east-1\n"
      "  issuer: {amazon: {}}\n  additionalNames:\n  - a.example.com\n  - bad_name!\n"));
  EXPECT_THAT(faults,
              ElementsAre(AllOf(StartsWith("shop.yaml:6: "), HasSubstr("accountRef.name")),
                          AllOf(StartsWith("shop.yaml:12: "), HasSubstr("additionalNames[1]"))));
}

TEST(Load, NeverShowsWhatStandsInPlaceOfAMapOfSecrets) {
  for (const char* field : {"data", "stringData"}) {
    const auto faults =
        faults_of(load_yaml(std::string("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n") +
                            field + ": hunter2\n"));
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_THAT(faults[0], Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace certloop::spec
