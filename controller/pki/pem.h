#pragma once
// Private to pki: PEM (RFC 7468), block by block.
#include <string_view>

#include "pki/openssl.h"

namespace certloop::pki {

// One block; its bytes are wiped after use, for it may be a private key.
class PemBlock {
 public:
  PemBlock() = default;
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;
  ~PemBlock();

  enum class Read { block, end, damaged };
  // The next one of the text. Called once.
  Read read(BIO* in);

  std::string_view label() const { return name_ == nullptr ? "" : name_; }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(data_), static_cast<std::size_t>(size_)};
  }
  bool is_certificate() const;
  bool is_private_key() const { return label().ends_with("PRIVATE KEY"); }
  // Opens a block with the header "Proc-Type: 4,ENCRYPTED"; leaves every other as it is.
  bool decrypt(pem_password_cb* passphrase, void* context);

 private:
  char* name_ = nullptr;
  char* header_ = nullptr;
  unsigned char* data_ = nullptr;
  long size_ = 0, allocated_ = 0;
};

}  // namespace certloop::pki
