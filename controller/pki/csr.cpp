#include "pki/csr.h"

#include <openssl/pem.h>

#include "pki/name_encoding.h"
#include "pki/openssl.h"

namespace certloop::pki {
namespace {

Error invalid(const char* why) {
  return {Code::invalid, std::string("certificate signing request: ") + why};
}

Result<void> add_names(X509_REQ* request, const GENERAL_NAMES* names) {
  STACK_OF(X509_EXTENSION)* list = nullptr;
  X509V3_add1_i2d(&list, NID_subject_alt_name, const_cast<GENERAL_NAMES*>(names), 0,
                  X509V3_ADD_APPEND);
  const Owner<STACK_OF(X509_EXTENSION)> extensions(list);
  if (!extensions || X509_REQ_add_extensions(request, extensions.get()) != 1)
    return invalid("the alternative names cannot be encoded");
  return {};
}

Result<AlternativeNames> names_of(X509_REQ* request) {
  const Owner<STACK_OF(X509_EXTENSION)> extensions(X509_REQ_get_extensions(request));
  if (!extensions) return AlternativeNames();
  int critical = 0;
  const GeneralNamesOwner names(static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions.get(), NID_subject_alt_name, &critical, nullptr)));
  if (names) return decode(names.get());
  if (critical != -1) return invalid("its alternative names are malformed");
  return AlternativeNames();
}

}  // namespace

Result<CertificateSigningRequest> CertificateSigningRequest::create(
    const PrivateKey& key, const DistinguishedName& subject, const AlternativeNames& names) {
  const ErrorScope scope;
  const NameOwner name = TRY(encode(subject));
  const GeneralNamesOwner others = TRY(encode(names));
  const RequestOwner request(X509_REQ_new());
  EVP_PKEY* pkey = key.internals().key.get();
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_subject_name(request.get(), name.get()) != 1 ||
      X509_REQ_set_pubkey(request.get(), pkey) != 1) {
    return invalid("subject or key cannot be encoded");
  }
  if (others) TRY(add_names(request.get(), others.get()));
  if (X509_REQ_sign(request.get(), pkey, EVP_sha256()) <= 0)
    return invalid("it cannot be signed with this key");
  return from_pem(pem_of("CERTIFICATE REQUEST", der_of([&](unsigned char** to) {
                           return i2d_X509_REQ(request.get(), to);
                         })));
}

Result<CertificateSigningRequest> CertificateSigningRequest::from_pem(std::string_view pem) {
  const ErrorScope scope;
  const BioOwner in = reader_of(pem);
  const RequestOwner request(PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr));
  if (!request) return invalid("not a PKCS#10 request in PEM");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr) return invalid("its public key is malformed");
  const auto algorithm = algorithm_of(key);
  if (!algorithm) return unsupported_key(key, "certificate signing request");
  if (X509_REQ_verify(request.get(), key) != 1) return invalid("its signature does not verify");
  CertificateSigningRequest out;
  out.pem_ = pem_of("CERTIFICATE REQUEST",
                    der_of([&](unsigned char** to) { return i2d_X509_REQ(request.get(), to); }));
  out.subject_ = TRY(decode(X509_REQ_get_subject_name(request.get())));
  out.names_ = TRY(names_of(request.get()));
  out.public_key_der_ = der_of([&](unsigned char** to) {
    return i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request.get()), to);
  });
  out.key_algorithm_ = *algorithm;
  return out;
}

}  // namespace certloop::pki
