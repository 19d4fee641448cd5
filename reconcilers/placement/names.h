#pragma once
// Whatever a certificate names, held against what the account's grant allows (SECURITY, "A grant
// limits what is touched"). Pure functions.
#include <string>
#include <vector>

#include "api/account.h"
#include "api/placement.h"
#include "pki/certificate.h"
#include "reconcilers/placement/observed.h"

namespace certloop::placement {

// All common names of the subject and all alternative names, each once.
Names names_of(const pki::Certificate& leaf);
// As far as ACM has told; none where that is not enough to know them all: an imported certificate
// may carry names that only its text tells.
Names names_in_acm(const api::PlacementStatus& known);

// The names of the spec that a certificate of these names does not serve. A wildcard stands for one
// label.
std::vector<std::string> names_not_covered(const api::CertificateRequestSpec& spec,
                                           const std::vector<std::string>& names);

// Whether the account lets the placement's namespace touch a certificate of these names. Names that
// are not known are held by no grant that limits them.
bool is_granted(const api::Placement& placement, const api::Account& account, const Names& names);
// Those that the account does not allow, as a list to be shown.
std::string names_beyond_grant(const api::Placement& placement, const api::Account& account,
                               const Names& names);
// "Account default/prod does not allow namespace shop (its spec.allowedNamespaces)".
std::string of_the_grant(const api::Placement& placement, const api::Account& account);

}  // namespace certloop::placement
