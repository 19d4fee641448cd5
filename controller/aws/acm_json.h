#pragma once
// ACM's and Private CA's shapes, between trees and values. Private to this folder.
#include "aws/acm.h"
#include "aws/acm_pca.h"
#include "aws/answer_json.h"

namespace certloop::aws {

Json tag_list(const Tags& tags);                      // [{"Key":..,"Value":..}, ..]
Json tag_keys(const std::vector<std::string>& keys);  // [{"Key":..}, ..]
Tags read_tags(const Json& list);

CertificateDetail read_certificate(const Json& certificate);
CertificateSummary read_listed(const Json& row);  // of ListCertificates
CertificateSummary read_found(const Json& row);   // of SearchCertificates

Json revocation_json(const RevocationConfiguration& revocation);
Json subject_json(const Asn1Subject& subject);
CertificateAuthorityDetail read_authority(const Json& authority);

}  // namespace certloop::aws
