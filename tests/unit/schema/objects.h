#pragma once
// What the tests of this folder share: objects from YAML, and what is wrong with them.
#include <gmock/gmock.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "schema/node.h"
#include "schema/schema.h"
#include "schema/tree.h"

namespace certloop::schema {

using Json = nlohmann::json;

inline Node node_of(std::string_view yaml) {
  Node node;
  const auto fault =
      read_documents(yaml, [&](TextDocument document) { node = std::move(document.root); });
  EXPECT_FALSE(fault.has_value()) << fault->line << ": " << fault->message;
  return node;
}

// The whole object, typed and defaulted, as the loader makes it. `yaml` is what follows metadata.
inline Json whole_of(api::Kind kind, std::string_view yaml) {
  const Field& field = field_of(kind);
  Json whole = typed(field, node_of(fmt::format("metadata: {{name: shop}}\n{}", yaml)));
  apply_defaults(field, whole);
  return whole;
}

inline std::vector<std::string> faults_of(api::Kind kind, std::string_view yaml,
                                          std::string_view old_yaml = {},
                                          const std::vector<std::string>& allowed = {}) {
  const Json whole = whole_of(kind, yaml);
  Json old;
  if (!old_yaml.empty()) old = whole_of(kind, old_yaml);
  std::vector<std::string> texts;
  for (const Fault& fault : check(kind, whole, old_yaml.empty() ? nullptr : &old, allowed))
    texts.push_back(fault.text());
  return texts;
}

// A fault whose text begins so: "spec.region: must be set".
inline auto begins(std::string text) { return testing::StartsWith(std::move(text)); }

// Specs that are right, to be made wrong in one place by appending to them.
constexpr std::string_view kAccount =
    "spec:\n"
    "  scope: Account\n"
    "  regions: [us-east-1]\n"
    "  authentication: {accessKey: {accessKeyId: AKIDEXAMPLE, secretAccessKeyRef: {name: k}}}\n";
constexpr std::string_view kAuthority =
    "spec:\n"
    "  acmPca: {accountRef: {name: prod}, region: us-east-1, subject: {commonName: Root}}\n";
constexpr std::string_view kCertificate =
    "spec:\n"
    "  domainName: shop.example.com\n"
    "  accountRef: {name: prod}\n"
    "  region: us-east-1\n"
    "  issuer: {amazon: {}}\n";

}  // namespace certloop::schema
