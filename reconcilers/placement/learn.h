#pragma once
// AWS's words for a certificate into ours: what a status keeps of an answer. Pure.
#include "api/placement.h"
#include "aws/acm.h"
#include "estate/estate.h"
#include "reconcilers/placement/observed.h"

namespace certloop::placement {

// InUseBy, cut after the first 100: the status must stay small enough to be written.
std::vector<std::string> bounded_users(const aws::CertificateDetail& detail);

// Everything that DescribeCertificate tells.
void learn(api::PlacementStatus& known, const aws::CertificateDetail& detail, Time now);
// What a bulk read tells; leaves the rest as it was.
void learn(api::PlacementStatus& known, const estate::Row& row);
// The issued certificate and its chain, and who trusts them.
void learn(api::PlacementStatus& known, const aws::CertificateAndChain& pem, Time now);

// Whether the row says something else than we know: then a Describe is due.
bool tells_of_change(const api::PlacementStatus& known, const estate::Row& row);

// A row for what we have just made or read ourselves.
estate::Row row_of(const api::PlacementStatus& known);

Candidate candidate_of(const estate::Row& row, const aws::Tags& tags);

}  // namespace certloop::placement
