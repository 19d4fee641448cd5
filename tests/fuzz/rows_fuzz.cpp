// Rows of the store as a damaged disk, or somebody's hand, leaves them.
#include <algorithm>
#include <string>
#include <vector>

#include "api/wire.h"
#include "base/random.h"
#include "base/secret.h"
#include "store/mask.h"
#include "store/store.h"
#include "store/stored_row.h"
#include "tests/fuzz/seeds.h"

namespace certloop::store {
namespace {

const Sealer& sealer() {
  static SeededRandom random(1);
  static const auto made = [] {
    std::vector<Secret> keys;
    keys.emplace_back(std::string(AesSealer::kKeySize, 'k'));
    return AesSealer::make(std::move(keys), random).value();
  }();
  return *made;
}

// Takes the input apart: each part ends at the byte 0x1e.
class Parts {
 public:
  explicit Parts(std::string_view text) : text_(text) {}
  std::string_view next() {
    const auto end = std::min(text_.find('\x1e'), text_.size());
    const std::string_view part = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    return part;
  }
  std::int64_t number() {
    const std::string_view digits = next();
    std::uint64_t value = 0;
    for (const char c : digits) value = value * 31 + static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
  }

 private:
  std::string_view text_;
};

StoredRow row_in(Parts& parts) {
  StoredRow row;
  row.kind = parts.next();
  row.space = parts.next();
  row.name = parts.next();
  row.uid = parts.next();
  row.generation = parts.number();
  row.revision = parts.number();
  row.created = parts.number();
  if (const auto deleted = parts.number(); deleted != 0) row.deleted = deleted;
  for (auto& value : row.values) value = parts.next();
  return row;
}

std::vector<std::string> seeds() {
  const std::string values =
      "\x1euid\x1e\x01\x1e\x02\x1e\x03\x1e\x1e"
      R"({"labels":{"a":"b"},"finalizers":["x/y"],)"
      R"("owners":[{"kind":"Account","name":"n","uid":"u"}]})"
      "\x1e{}\x1e";
  return {"Certificate\x1eshop\x1e" "a" + values + R"({"spec":{"domainName":"a.example.com"}})" +
              "\x1e" + R"({"arn":"x"})",
          "Account\x1eshop\x1e" "a" + values + R"({"spec":{"regions":["us-east-1"]}})" + "\x1e{}",
          "Placement\x1eshop\x1e" "a" + values + R"({"spec":{}})" + "\x1e{}",
          "HostedZone\x1eshop\x1e" "a" + values + R"({"spec":{}})" + "\x1e{}",
          "CertificateAuthority\x1eshop\x1e" "a" + values + R"({"spec":{}})" + "\x1e{}",
          "Secret\x1eshop\x1e" "a" + values + R"({"data":{"a":"eA=="}})" + "\x1e{}"};
}

// What everybody does with an object that was read.
void use(const api::Object& object) {
  (void)api::to_json(masked(object));
  (void)unmasked(masked(object), &object);
  (void)api::read<api::Account>(object);
  (void)api::read<api::CertificateAuthority>(object);
  (void)api::read<api::Certificate>(object);
  (void)api::read<api::Placement>(object);
  (void)api::read<api::HostedZone>(object);
}

void check(const Result<api::Object>& read) {
  if (read.ok()) return use(*read);
  fuzz::require(read.error().code() == Code::internal && read.error().reason() == kDamaged);
}

}  // namespace
}  // namespace certloop::store

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::store::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace certloop;
  store::Parts parts(fuzz::text_of(data, size));
  store::StoredRow row = store::row_in(parts);
  store::check(store::object_of(row, store::sealer()));
  // With the checksum that a row of these columns has: whatever it holds must be borne.
  std::string checksum = store::checksum_of(row);
  row.checksum = checksum;
  store::check(store::object_of(row, store::sealer()));
  // And sealed as a Secret is.
  store::StoredValues plain;
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = row.values[i];
  const auto sealed = store::sealed(std::move(plain), row, store::sealer());
  fuzz::require(sealed.ok());
  for (std::size_t i = 0; i < row.values.size(); ++i) row.values[i] = (*sealed)[i];
  const std::string key_id = store::sealer().key_id();
  row.sealed_by = key_id;
  checksum = store::checksum_of(row);
  row.checksum = checksum;
  store::check(store::object_of(row, store::sealer()));
  return 0;
}
