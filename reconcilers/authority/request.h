#pragma once
// Private to this folder: the requests of creating calls as the ledger stores them
// (status.pending.request). A resend is made from what stands there, or from the spec if that still
// says the same.
#include <string>
#include <string_view>

#include "api/pending.h"
#include "aws/acm_pca.h"
#include "base/result.h"

namespace certloop::authority {

inline constexpr std::string_view kCreateCall = "acm-pca:CreateCertificateAuthority";
inline constexpr std::string_view kIssueCall = "acm-pca:IssueCertificate";

api::Document written(const aws::CreateCertificateAuthority& request);
api::Document written(const aws::IssueCertificate& request);

// Error: internal (the document is not an IssueCertificate).
Result<aws::IssueCertificate> read_issue(const api::Document& document);

}  // namespace certloop::authority
