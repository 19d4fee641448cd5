// Specs as people and pull requests bring them: YAML and JSON, from text to objects.
#include "base/text.h"
#include "schema/node_reader.h"
#include "spec/load.h"
#include "tests/fuzz/seeds.h"

namespace certloop::spec {
namespace {

std::vector<std::string> seeds() {
  return {
      "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\nmetadata: {name: shop, labels: {a: "
      "b}}\n"
      "spec:\n  domainName: shop.example.com\n  additionalNames:\n  - '*.example.com'\n"
      "  accountRef: {name: prod}\n  region: us-east-1\n  issuer: {amazon: {}}\n  tags: {t: s}\n",
      "apiVersion: certloop.dev/v1alpha1\nkind: Account\nmetadata:\n  name: prod\nspec:\n"
      "  scope: Account\n  accountId: 012345678901\n  regions: [us-east-1]\n  authentication:\n"
      "    accessKey: {accessKeyId: AKID, secretAccessKey: secret}\n"
      "  endpointUrl: http://127.0.0.1:4599\n  rates: {acm: {ImportCertificate: 0.5}}\n",
      "apiVersion: certloop.dev/v1alpha1\nkind: CertificateAuthority\nmetadata: {name: "
      "root}\nspec:\n"
      "  acmPca:\n    accountRef: {name: prod}\n    region: us-east-1\n"
      "    subject: {commonName: Root, country: NO}\n    validityDays: 3650\n",
      "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: \"b\\n\", c: |\n  "
      "d}\n"
      "---\nkind: List\nitems: &i\n- a: *i\n",
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"aGk="}})",
      "%YAML 1.2\n---\na: !!str b\n...\n--- >-\n text\n  more\n"};
}

std::string shown(const schema::Node& node) {
  std::string out = node.key + '\x01' + std::to_string(static_cast<int>(node.type)) +
                    (node.quoted ? 'q' : 'p') + node.text;
  for (const schema::Node& item : node.items) out += '\x02' + shown(item);
  return out + '\x03';
}

// What the fast reader makes of a document, the full one must make of it too.
void compare_readers(std::string_view text) {
  const auto plain = schema::read_plain(text, 1);
  if (!plain || plain->root.type == schema::Node::Type::null) return;
  std::vector<std::string> full;
  const auto fault = schema::read_yaml(
      text, 1, [&](schema::TextDocument document) { full.push_back(shown(document.root)); });
  fuzz::require(!fault && full.size() == 1 && full[0] == shown(plain->root));
}

// What was loaded, written out and loaded again, is the same.
void load_again(const LoadedObject& loaded) {
  const auto again = load_text(api::to_json(loaded.object), "again", {});
  fuzz::require(again.ok() && again->size() == 1);
  fuzz::require(again->front().object.body == loaded.object.body);
  fuzz::require(again->front().object.meta.labels == loaded.object.meta.labels);
  fuzz::require(again->front().object.key() == loaded.object.key());
}

}  // namespace
}  // namespace certloop::spec

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::spec::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace certloop;
  const std::string_view text = fuzz::text_of(data, size);
  spec::compare_readers(text);
  const auto loaded = spec::load_text(std::string(text), "specs.yaml", {});
  if (!loaded) {
    fuzz::require(loaded.error().code() == Code::invalid);
    for (const std::string& line : split(loaded.error().message(), '\n'))
      fuzz::require(printable(line) == line);
    return 0;
  }
  for (const spec::LoadedObject& each : *loaded) spec::load_again(each);
  return 0;
}
