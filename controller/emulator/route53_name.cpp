#include "emulator/route53_name.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace certloop::emulator {
namespace {

constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxName = 255;

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// The labels as bytes. A dot separates; "\056" is a dot inside a label.
std::vector<std::string> labels_of(std::string_view text) {
  std::vector<std::string> labels(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      labels.emplace_back();
    } else if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] <= '3' &&
               is_octal(text[i + 1]) && is_octal(text[i + 2]) && is_octal(text[i + 3])) {
      labels.back() += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                         (text[i + 3] - '0'));
      i += 3;
    } else {
      labels.back() += text[i];
    }
  }
  if (labels.back().empty()) labels.pop_back();  // the trailing dot, or no text at all
  return labels;
}

std::string escaped(std::string_view label) {
  std::string out;
  for (const char c : lower(label)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    out += plain ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

Route53Name route53_name(std::string_view text) {
  const std::vector<std::string> labels = labels_of(text);
  if (labels.empty()) return {"", "DomainNameEmpty (Domain name is empty)"};
  std::string name;
  std::size_t wire_length = 1;  // the root's empty label
  for (const std::string& label : labels) {
    if (label.empty()) return {"", "DomainLabelEmpty (Domain label is empty)"};
    if (label.size() > kMaxLabel) {
      return {"", "DomainLabelTooLong (Domain label is too long)"};
    }
    wire_length += label.size() + 1;
    name += escaped(label) + ".";
  }
  if (wire_length > kMaxName) return {"", "DomainNameTooLong (Domain name is too long)"};
  return {name, ""};
}

std::string route53_order(std::string_view name) {
  const std::vector<std::string> labels = labels_of(name);
  std::string order;
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) order += lower(*label) + ".";
  return order;
}

bool route53_contains(std::string_view zone, std::string_view name) {
  if (name == zone) return true;
  return name.size() > zone.size() && name.ends_with(zone) &&
         name[name.size() - zone.size() - 1] == '.';
}

}  // namespace certloop::emulator
