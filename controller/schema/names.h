#pragma once
// Private to this folder: what neither OpenAPI nor CEL can say about a value.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/kind.h"

namespace certloop::schema {

class Checker;

// What is wrong with a domain name that ACM is to certify, once it is normalised (IDNA); empty if
// nothing is. The pattern of the description has looked at the form before.
std::string domain_fault(const std::string& name);

// Whether a URL of a spec may be called (SECURITY, "Credentials and endpoints"): loopback, AWS's
// own host for `service` (empty: for any that certloop calls), or an allowed "HOST:PORT". Returns
// what is wrong; empty if nothing is.
std::string endpoint_fault(std::string_view url, std::string_view service,
                           const std::vector<std::string>& allowed);

// Both, at every field of the kind that they concern.
void check_names(Checker& checker, api::Kind kind, const nlohmann::json& whole,
                 const std::vector<std::string>& allowed_endpoints);

}  // namespace certloop::schema
