#pragma once
// Domain names as Route 53 reads, keeps, orders and answers them. Pure functions; thread-safe.
// Source: Route 53 Developer Guide, "DNS domain name format"; API reference,
// ListResourceRecordSets.
#include <string>
#include <string_view>

namespace certloop::emulator {

// Either a name or what is wrong with the text, in Route 53's words.
struct Route53Name {
  std::string text;     // lower case, trailing dot, octal escapes: "\052.example.com."
  std::string problem;  // "DomainLabelTooLong (Domain label is too long)"; empty: none
  bool ok() const { return problem.empty(); }
};

// Accepts upper case, a missing trailing dot, and both "*" and "\052".
Route53Name route53_name(std::string_view text);

// What listings are ordered by: labels reversed, dots kept, escapes resolved. "www.example.com."
// becomes "com.example.www.", so that the final dot takes part in the order as Route 53 documents.
std::string route53_order(std::string_view name);

// Whether `name` is the zone's apex or below it. Both as route53_name gives them.
bool route53_contains(std::string_view zone, std::string_view name);

}  // namespace certloop::emulator
