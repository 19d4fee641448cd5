#pragma once
// ACM's enumerations and the forms of its parameters.
// Source: service model of ACM, API 2015-12-08.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "emulator/parameters.h"
#include "emulator/tag_index.h"
#include "pki/key_algorithm.h"

namespace certloop::emulator::acm {

extern const Words kStatuses, kTypes, kRenewalStatuses, kValidationMethods, kKeyAlgorithms,
    kRequestableKeyAlgorithms, kKeyUsages, kExtendedKeyUsages, kRevocationReasons, kFailureReasons,
    kSwitch,  // ENABLED, DISABLED
    kManagers, kOrigins, kSortOrders, kSearchSortKeys, kComparisons;

extern const TextRule kArn, kAuthorityArn, kDomainName, kToken, kNextToken, kTagKey, kTagValue,
    kSerialNumber, kFilterText;

// "RSA-2048", "EC-prime256v1": how answers spell what requests call RSA_2048.
std::string spelled(pki::KeyAlgorithm algorithm);

// Constraints of the members of Tags, and what ACM says of tags that are well formed but not
// allowed (InvalidTagException, InvalidParameterException).
void constrain_tags(Constraints& constraints, const nlohmann::json& input, bool value_required);
Answer<Tags> tags_from(const nlohmann::json& input);

}  // namespace certloop::emulator::acm
