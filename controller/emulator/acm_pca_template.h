#pragma once
// Private CA's certificate templates: what an issued certificate says, whatever was asked for.
// Pure; thread-safe.
// Source: AWS Private CA User Guide, "Understanding certificate templates": base templates, the
// _APIPassthrough, _CSRPassthrough and _APICSRPassthrough variants, and the blank ones. Precedence:
// the template, then ApiPassthrough, then the CSR.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/issue.h"
#include "pki/names.h"

namespace certloop::emulator {

struct CertificateTemplate {
  std::string name;  // "SubordinateCACertificate_PathLen0"
  bool is_root = false, is_ca = false;
  std::optional<int> path_length;
  std::vector<std::string> key_usages;           // ACM's words
  std::vector<std::string> extended_key_usages;  // ACM's words
  bool blank = false;                            // usages only from what is passed through
  bool api_passthrough = false, csr_passthrough = false;
};

// "arn:aws:acm-pca:::template/EndEntityCertificate/V1"; empty text is that one. None: no such
// template in that partition.
std::optional<CertificateTemplate> certificate_template(std::string_view arn,
                                                        std::string_view partition);

// What the requester may put in: the CSR's content, and IssueCertificate's ApiPassthrough.
struct RequestedContent {
  pki::DistinguishedName subject;
  pki::AlternativeNames names;
  std::vector<std::string> key_usages, extended_key_usages;
};

// The subject, names, usages and CA flags of the certificate; key, serial and dates are left to
// the caller.
pki::Template applied(const CertificateTemplate& form, const RequestedContent& csr,
                      const RequestedContent& api);

}  // namespace certloop::emulator
