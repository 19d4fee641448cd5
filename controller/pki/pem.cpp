#include "pki/pem.h"

#include <openssl/pem.h>

namespace certloop::pki {

PemBlock::~PemBlock() {
  OPENSSL_free(name_);
  OPENSSL_free(header_);
  OPENSSL_clear_free(data_, static_cast<std::size_t>(allocated_));
}

PemBlock::Read PemBlock::read(BIO* in) {
  if (PEM_read_bio(in, &name_, &header_, &data_, &size_) == 1) {
    allocated_ = size_;
    return Read::block;
  }
  return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? Read::end : Read::damaged;
}

bool PemBlock::is_certificate() const {
  return label() == PEM_STRING_X509 || label() == PEM_STRING_X509_OLD;
}

bool PemBlock::decrypt(pem_password_cb* passphrase, void* context) {
  EVP_CIPHER_INFO cipher{};
  if (PEM_get_EVP_CIPHER_INFO(header_, &cipher) != 1) return false;
  return PEM_do_header(&cipher, data_, &size_, passphrase, context) == 1;
}

}  // namespace certloop::pki
