#pragma once
// The filter language and the sort keys of SearchCertificates.
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "emulator/acm_certificate.h"
#include "emulator/answer.h"

namespace certloop::emulator::acm {

using Predicate = std::function<bool(const HeldCertificate& held)>;

// Compiles a FilterStatement. Errors: ValidationException.
Answer<Predicate> filter_from(const nlohmann::json& statement);

// What to compare when sorting by that word: texts that order as the values do.
std::string sort_key(const HeldCertificate& held, const std::string& sort_by);

// One row of the answer.
nlohmann::json search_row(const HeldCertificate& held);

}  // namespace certloop::emulator::acm
