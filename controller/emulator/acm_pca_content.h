#pragma once
// What a requester wants in a certificate: read from a CSR and from IssueCertificate's
// ApiPassthrough. Pure. Private to this folder's .cpp files.
#include <nlohmann/json.hpp>

#include "emulator/acm_pca_template.h"
#include "emulator/answer.h"
#include "pki/csr.h"

namespace certloop::emulator {

using Json = nlohmann::json;

// Subject, names and the usages that the CSR asks for (PKCS#9 extensionRequest).
RequestedContent content_of(const pki::CertificateSigningRequest& csr);

// Errors: InvalidArgsException (an extension that this emulator does not make).
Answer<RequestedContent> content_of(const Json& api_passthrough);

}  // namespace certloop::emulator
