#pragma once
// The files of tests/data/certs, and certificates that the tests make themselves.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/timestamp.h"
#include "pki/issue.h"

namespace certloop::pki {

inline std::string data(const std::string& name) {
  std::ifstream in(CERTLOOP_SOURCE_DIR "/tests/data/certs/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << "tests/data/certs/" << name << " is missing";
  return {std::istreambuf_iterator<char>(in), {}};
}

inline Time at(const std::string& text) { return parse_rfc3339(text).value(); }

inline PrivateKey new_key(KeyAlgorithm algorithm = KeyAlgorithm::ec_prime256v1) {
  return PrivateKey::generate(algorithm).value();
}

// A leaf's template, good during 2026.
inline Template template_for(const PrivateKey& key, const std::string& name) {
  Template out;
  out.serial = "\x03\xe9";
  out.subject = {{{"CN", name}}};
  out.public_key_der = key.public_key_der();
  out.names.dns = {name};
  out.not_before = at("2026-01-01T00:00:00Z");
  out.not_after = at("2027-01-01T00:00:00Z");
  return out;
}

inline Template authority_for(const PrivateKey& key, const std::string& name) {
  Template out = template_for(key, name);
  out.names = {};
  out.is_ca = true;
  out.key_usages = {"CERTIFICATE_SIGNING", "CRL_SIGNING"};
  return out;
}

}  // namespace certloop::pki
