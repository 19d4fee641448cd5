#include "emulator/route53_value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "emulator/route53_name.h"

namespace certloop::emulator {
namespace {

constexpr std::size_t kMaxCharacterString = 255;

std::vector<std::string> words_of(const std::string& value) {
  std::istringstream stream(value);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

bool is_number_up_to(const std::string& word, unsigned long most) {
  if (word.empty() || word.size() > 5) return false;
  if (!std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  return std::stoul(word) <= most;
}

bool is_domain(const std::string& word) { return word == "." || route53_name(word).ok(); }

std::string address_problem(int family, const std::string& value) {
  in6_addr buffer{};
  if (inet_pton(family, value.c_str(), &buffer) == 1) return "";
  return family == AF_INET ? "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"
                           : "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)";
}

// One or more strings in quotation marks, separated by spaces; "\"" and "\\" escape.
std::string text_problem(const std::string& value) {
  const std::string unquoted =
      "InvalidCharacterString (Value should be enclosed in quotation marks)";
  std::size_t i = 0;
  bool any = false;
  while (i < value.size()) {
    if (value[i] == ' ' || value[i] == '\t') {
      ++i;
      continue;
    }
    if (value[i] != '"') return unquoted;
    std::size_t length = 0;
    for (++i; i < value.size() && value[i] != '"'; ++i, ++length) {
      if (value[i] == '\\') ++i;
    }
    if (i >= value.size()) return unquoted;
    if (length > kMaxCharacterString) return "CharacterStringTooLong (Value is too long)";
    any = true;
    ++i;
  }
  return any ? "" : unquoted;
}

std::string domain_problem(const std::string& value) {
  if (value.find(' ') != std::string::npos) {
    return "RRDATANotSingleField (Value contains spaces)";
  }
  return value == "." ? "" : route53_name(value).problem;
}

std::string mail_exchanger_problem(const std::string& value) {
  const std::vector<std::string> words = words_of(value);
  if (words.size() != 2) return "MXRRDATANotTwoFields (MX record doesn't have 2 fields)";
  if (!is_number_up_to(words[0], 65535)) {
    return "MXRRDATABadPriority (The MX record has an invalid priority)";
  }
  return is_domain(words[1]) ? "" : route53_name(words[1]).problem;
}

std::string caa_problem(const std::string& value) {
  const std::vector<std::string> words = words_of(value);
  if (words.size() < 3 || !is_number_up_to(words[0], 255)) {
    return "CAARRDATANotThreeFields (CAA record doesn't have 3 fields)";
  }
  const std::size_t quote = value.find('"');
  return quote == std::string::npos
             ? "InvalidCharacterString (Value should be enclosed in quotation marks)"
             : text_problem(value.substr(quote));
}

std::string service_problem(const std::string& value) {
  const std::vector<std::string> words = words_of(value);
  if (words.size() != 4) return "SRVRRDATANotFourFields (SRV record doesn't have 4 fields)";
  for (std::size_t i = 0; i < 3; ++i) {
    if (!is_number_up_to(words[i], 65535)) {
      return "SRVRRDATABadNumber (The SRV record has an invalid number)";
    }
  }
  return is_domain(words[3]) ? "" : route53_name(words[3]).problem;
}

}  // namespace

std::string record_value_problem(const std::string& type, const std::string& value) {
  if (value.empty()) return "RRDATAEmpty (Value is empty)";
  if (type == "A") return address_problem(AF_INET, value);
  if (type == "AAAA") return address_problem(AF_INET6, value);
  if (type == "CNAME" || type == "NS" || type == "PTR") return domain_problem(value);
  if (type == "TXT" || type == "SPF") return text_problem(value);
  if (type == "MX") return mail_exchanger_problem(value);
  if (type == "CAA") return caa_problem(value);
  if (type == "SRV") return service_problem(value);
  return "";
}

}  // namespace certloop::emulator
