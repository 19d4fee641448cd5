#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/text.h"

namespace certloop {
namespace {

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out, &size, algorithm, nullptr);
  return {reinterpret_cast<char*>(out), size};
}

}  // namespace

std::string sha256(std::string_view bytes) { return digest(EVP_sha256(), bytes); }
std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(bytes)); }
std::string sha1_hex(std::string_view bytes) { return to_hex(digest(EVP_sha1(), bytes)); }

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out, &size);
  return {reinterpret_cast<char*>(out), size};
}

}  // namespace certloop
