#include "pki/openssl.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <array>
#include <ctime>

namespace certloop::pki {

BioOwner reader_of(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > kMaxInput) bytes = std::string_view("", 0);
  return BioOwner(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::optional<KeyAlgorithm> algorithm_of(const EVP_PKEY* key) {
  if (key == nullptr) return std::nullopt;
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    switch (EVP_PKEY_get_bits(key)) {
      case 1024: return KeyAlgorithm::rsa_1024;
      case 2048: return KeyAlgorithm::rsa_2048;
      case 3072: return KeyAlgorithm::rsa_3072;
      case 4096: return KeyAlgorithm::rsa_4096;
      default: return std::nullopt;
    }
  }
  if (EVP_PKEY_is_a(key, "EC") != 1) return std::nullopt;
  std::array<char, 64> name{};
  std::size_t size = 0;
  const ErrorScope scope;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1) return std::nullopt;
  const std::string_view group(name.data(), size);
  if (group == "prime256v1" || group == "P-256") return KeyAlgorithm::ec_prime256v1;
  if (group == "secp384r1" || group == "P-384") return KeyAlgorithm::ec_secp384r1;
  if (group == "secp521r1" || group == "P-521") return KeyAlgorithm::ec_secp521r1;
  return std::nullopt;
}

Error unsupported_key(const EVP_PKEY* key, std::string_view subject) {
  std::string what = "of an unknown algorithm";
  if (key != nullptr) {
    const char* type = EVP_PKEY_get0_type_name(key);
    what = fmt::format("{} of {} bits", type == nullptr ? "unknown" : type, EVP_PKEY_get_bits(key));
  }
  return {Code::invalid,
          fmt::format("{}: the key is {}; ACM takes RSA of 1024, 2048, 3072 or 4096 bits and the "
                      "named curves prime256v1, secp384r1 and secp521r1",
                      subject, what)};
}

std::string bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::optional<Time> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  const ErrorScope scope;
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(parts.tm_year + 1900),
                                        std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                        std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  if (!day.ok()) return std::nullopt;
  return Time(std::chrono::sys_days(day)) + std::chrono::hours(parts.tm_hour) +
         std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

std::string pem_of(const char* label, std::string_view der) {
  const BioOwner out(BIO_new(BIO_s_mem()));
  PEM_write_bio(out.get(), label, "", reinterpret_cast<const unsigned char*>(der.data()),
                static_cast<long>(der.size()));
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace certloop::pki
