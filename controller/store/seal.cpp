#include "store/seal.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace certloop::store {
namespace {

constexpr std::string_view kMagic = "CLS2";
constexpr std::string_view kFirstMagic = "CLS1";
constexpr std::size_t kIdSize = 8;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kHeaderSize = kMagic.size() + kIdSize + kNonceSize;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Each part with its length before it, so that no two places give the same bytes.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += fmt::format("{}:{}", part.size(), part);
  return all;
}

std::string additional_data(const SealPlace& place) {
  return joined({place.kind, place.space, place.name, place.uid, place.field, place.revision});
}

std::string text_of(const SealPlace& place) {
  return fmt::format("sealed {} of {} {}/{}", place.field, printable(place.kind),
                     printable(place.space), printable(place.name));
}

// Starts the cipher and feeds it the additional data.
bool begin(EVP_CIPHER_CTX* context, std::string_view key, std::string_view nonce,
           std::string_view additional, bool encrypt) {
  int length = 0;
  return EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce),
                           encrypt ? 1 : 0) == 1 &&
         EVP_CipherUpdate(context, nullptr, &length, bytes_of(additional),
                          static_cast<int>(additional.size())) == 1;
}

}  // namespace

Result<std::unique_ptr<AesSealer>> AesSealer::make(std::vector<Secret> keys, Random& random) {
  if (keys.empty()) return Error(Code::invalid, "sealing: there is no key");
  std::vector<Key> made;
  for (Secret& key : keys) {
    if (key.size() != kKeySize)
      return Error(Code::invalid,
                   fmt::format("sealing: a key is {} bytes long, not {}", key.size(), kKeySize));
    std::string id = hmac_sha256(key.reveal(), "certloop.dev/seal-key-id").substr(0, kIdSize);
    made.push_back({std::move(id), std::move(key)});
  }
  return std::unique_ptr<AesSealer>(new AesSealer(std::move(made), random));
}

std::string AesSealer::key_id() const { return to_hex(keys_.front().id); }

bool AesSealer::knows(std::string_view key_id) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const Key& key) { return to_hex(key.id) == key_id; });
}

Result<std::string> AesSealer::seal(std::string_view plain, const SealPlace& place) const {
  const Key& key = keys_.front();
  const std::string nonce = random_.bytes(kNonceSize);
  std::string sealed = std::string(kMagic) + key.id + nonce;
  sealed.resize(kHeaderSize + plain.size() + kTagSize);

  const Context context(EVP_CIPHER_CTX_new());
  int length = 0;
  unsigned char* out = bytes_of(sealed) + kHeaderSize;
  const bool good =
      context && begin(context.get(), key.bytes.reveal(), nonce, additional_data(place), true) &&
      EVP_CipherUpdate(context.get(), out, &length, bytes_of(plain),
                       static_cast<int>(plain.size())) == 1 &&
      EVP_CipherFinal_ex(context.get(), out + length, &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, out + plain.size()) == 1;
  if (!good) return Error(Code::internal, "sealing: OpenSSL failed");
  return sealed;
}

Result<std::string> AesSealer::open(std::string_view sealed, const SealPlace& place) const {
  return opened(sealed, kMagic, additional_data(place), place);
}

Result<std::string> AesSealer::open_first_format(std::string_view sealed,
                                                 const SealPlace& place) const {
  return opened(sealed, kFirstMagic, joined({place.uid, place.field, place.revision}), place);
}

Result<std::string> AesSealer::opened(std::string_view sealed, std::string_view magic,
                                      std::string_view additional, const SealPlace& place) const {
  if (sealed.size() < kHeaderSize + kTagSize || !sealed.starts_with(magic))
    return Error(Code::internal,
                 text_of(place) + ": it is damaged: restore the state from a backup");
  const std::string_view id = sealed.substr(magic.size(), kIdSize);
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& k) { return k.id == id; });
  if (key == keys_.end())
    return Error(Code::internal,
                 fmt::format("{}: it was sealed with the key {}, which is not among those given: "
                             "give that key",
                             text_of(place), to_hex(id)));

  const std::string_view nonce = sealed.substr(magic.size() + kIdSize, kNonceSize);
  const std::string_view body = sealed.substr(kHeaderSize, sealed.size() - kHeaderSize - kTagSize);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  std::string plain(body.size(), '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int length = 0;
  unsigned char none = 0;
  const bool good =
      context && begin(context.get(), key->bytes.reveal(), nonce, additional, false) &&
      EVP_CipherUpdate(context.get(), plain.empty() ? &none : bytes_of(plain), &length,
                       bytes_of(body), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_CipherFinal_ex(context.get(), &none, &length) == 1;
  if (good) return plain;
  wipe(plain);
  return Error(Code::internal,
               text_of(place) +
                   ": it was changed, or moved here from another object: restore the state from "
                   "a backup");
}

}  // namespace certloop::store
