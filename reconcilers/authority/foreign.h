#pragma once
// Private to observe(): what the CA has issued that is not ours. With the CA it would go, too
// (PROTOCOLS 5).
#include <set>
#include <string>
#include <vector>

#include "aws/acm.h"
#include "reconcilers/authority/plan.h"

namespace certloop::authority {

// The certificates in ACM, in the CA's region and account, that the CA issued and that are valid or
// being issued, but for those in `gone`; named, a few at most. Errors: those of ACM.
Result<std::vector<std::string>> issued_in_acm(aws::Acm& acm,
                                               const api::CertificateAuthority& authority,
                                               const api::CertificateAuthorityStatus& known,
                                               const std::set<std::string>& gone, Time now);

}  // namespace certloop::authority
