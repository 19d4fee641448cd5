#include "pki/derivation.h"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace certloop::pki {
namespace {

constexpr std::string_view kPbkdf2 = "1.2.840.113549.1.5.12";
constexpr std::string_view kPbes2 = "1.2.840.113549.1.5.13";
constexpr std::string_view kPbmac1 = "1.2.840.113549.1.5.14";
constexpr std::uint64_t kTooMany = std::numeric_limits<std::uint64_t>::max();

struct FreeParameters {
  void operator()(PBEPARAM* p) const { PBEPARAM_free(p); }
  void operator()(PBE2PARAM* p) const { PBE2PARAM_free(p); }
  void operator()(PBKDF2PARAM* p) const { PBKDF2PARAM_free(p); }
  void operator()(SCRYPT_PARAMS* p) const { SCRYPT_PARAMS_free(p); }
};
template <class T>
using Parameters = std::unique_ptr<T, FreeParameters>;

template <class T>
Parameters<T> parameters_of(const X509_ALGOR* algorithm, const ASN1_ITEM* type) {
  const ASN1_OBJECT* object = nullptr;
  const void* value = nullptr;
  int kind = V_ASN1_UNDEF;
  X509_ALGOR_get0(&object, &kind, &value, algorithm);
  if (kind != V_ASN1_SEQUENCE || value == nullptr) return nullptr;
  return Parameters<T>(
      static_cast<T*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), type)));
}

std::string oid_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  std::array<char, 128> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  return text.data();
}

// OpenSSL takes less than one for one.
std::uint64_t count_of(const ASN1_INTEGER* number) {
  if (number == nullptr) return 1;
  std::int64_t count = 0;
  if (ASN1_INTEGER_get_int64(&count, number) != 1) return kTooMany;
  return count < 1 ? 1 : static_cast<std::uint64_t>(count);
}

std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  return a > kTooMany / b ? kTooMany : a * b;
}

Error malformed() { return {Code::invalid, "the parameters of its encryption are malformed"}; }

// PBKDF2 or scrypt, inside PBES2 and PBMAC1. scrypt mixes cost * block size * parallelization
// blocks, each about as dear as an iteration.
Result<std::uint64_t> key_function_cost(const X509_ALGOR* function) {
  if (oid_of(function) == kPbkdf2) {
    const auto pbkdf2 = parameters_of<PBKDF2PARAM>(function, ASN1_ITEM_rptr(PBKDF2PARAM));
    if (!pbkdf2) return malformed();
    return count_of(pbkdf2->iter);
  }
  const auto scrypt = parameters_of<SCRYPT_PARAMS>(function, ASN1_ITEM_rptr(SCRYPT_PARAMS));
  if (!scrypt) return malformed();
  return product(count_of(scrypt->costParameter),
                 product(count_of(scrypt->blockSize), count_of(scrypt->parallelizationParameter)));
}

}  // namespace

Result<void> DerivationBudget::take(std::uint64_t iterations) {
  if (iterations > left_)
    return Error(Code::invalid,
                 "it takes more than 1,000,000 iterations to open; encrypt it again with fewer "
                 "(OpenSSL's default is 2048)");
  left_ -= iterations;
  return {};
}

Result<void> DerivationBudget::take(const ASN1_INTEGER* iterations) {
  return take(count_of(iterations));
}

Result<void> DerivationBudget::take_if_derives(const X509_ALGOR* algorithm) {
  return oid_of(algorithm) == kPbmac1 ? take(algorithm) : Result<void>();
}

Result<void> DerivationBudget::take(const X509_ALGOR* algorithm) {
  const ErrorScope scope;
  const std::string oid = oid_of(algorithm);
  if (oid == kPbes2 || oid == kPbmac1) {
    // PBMAC1's parameters have the shape of PBES2's: two algorithms.
    const auto both = parameters_of<PBE2PARAM>(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
    if (!both) return malformed();
    return take(TRY(key_function_cost(both->keyfunc)));
  }
  const auto own = parameters_of<PBEPARAM>(algorithm, ASN1_ITEM_rptr(PBEPARAM));
  if (!own) return malformed();
  return take(count_of(own->iter));
}

}  // namespace certloop::pki
