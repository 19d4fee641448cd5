#include "emulator/acm_pca_template.h"

#include <fmt/format.h>

#include <array>

namespace certloop::emulator {
namespace {

struct BaseTemplate {
  std::string_view name;
  std::vector<std::string> key_usages, extended_key_usages;
};

// User Guide, "Template definitions".
const std::vector<BaseTemplate>& end_entity_templates() {
  static const std::vector<BaseTemplate> kTemplates = {
      {"EndEntityCertificate",
       {"DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"},
       {"TLS_WEB_SERVER_AUTHENTICATION", "TLS_WEB_CLIENT_AUTHENTICATION"}},
      {"EndEntityClientAuthCertificate",
       {"DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"},
       {"TLS_WEB_CLIENT_AUTHENTICATION"}},
      {"EndEntityServerAuthCertificate",
       {"DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"},
       {"TLS_WEB_SERVER_AUTHENTICATION"}},
      {"CodeSigningCertificate", {"DIGITAL_SIGNATURE"}, {"CODE_SIGNING"}},
      {"OCSPSigningCertificate", {"DIGITAL_SIGNATURE"}, {"OCSP_SIGNING"}},
  };
  return kTemplates;
}

const std::vector<std::string>& authority_usages() {
  static const std::vector<std::string> kUsages = {"DIGITAL_SIGNATURE", "CERTIFICATE_SIGNING",
                                                   "CRL_SIGNING"};
  return kUsages;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// "_PathLen0" to "_PathLen3".
std::optional<int> take_path_length(std::string_view& name) {
  for (int length = 0; length <= 3; ++length) {
    if (take_suffix(name, fmt::format("_PathLen{}", length))) return length;
  }
  return std::nullopt;
}

std::optional<CertificateTemplate> authority_template(std::string_view name,
                                                      CertificateTemplate form) {
  form.is_ca = true;
  form.path_length = take_path_length(name);
  const bool passes = form.api_passthrough || form.csr_passthrough;
  if (name == "RootCACertificate" && !form.path_length && !form.csr_passthrough) {
    form.is_root = true;
  } else if (name == "BlankRootCACertificate" && form.api_passthrough && !form.csr_passthrough) {
    form.is_root = true;
    form.blank = true;
  } else if (name == "BlankSubordinateCACertificate" && form.path_length && passes) {
    form.blank = true;
  } else if (name != "SubordinateCACertificate" || !form.path_length) {
    return std::nullopt;
  }
  if (!form.blank) form.key_usages = authority_usages();
  return form;
}

const std::vector<std::string>& first_filled(const std::vector<std::string>& a,
                                             const std::vector<std::string>& b) {
  return a.empty() ? b : a;
}

}  // namespace

std::optional<CertificateTemplate> certificate_template(std::string_view arn,
                                                        std::string_view partition) {
  std::string_view name = arn;
  if (name.empty()) {
    name = "EndEntityCertificate";
  } else {
    const std::string prefix = fmt::format("arn:{}:acm-pca:::template/", partition);
    if (!name.starts_with(prefix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    if (!take_suffix(name, "/V1")) return std::nullopt;
  }
  CertificateTemplate form;
  form.name = std::string(name);
  if (take_suffix(name, "_APICSRPassthrough")) {
    form.api_passthrough = form.csr_passthrough = true;
  } else if (take_suffix(name, "_APIPassthrough")) {
    form.api_passthrough = true;
  } else if (take_suffix(name, "_CSRPassthrough")) {
    form.csr_passthrough = true;
  }
  if (name.find("CACertificate") != std::string_view::npos) return authority_template(name, form);
  if (name == "BlankEndEntityCertificate" ||
      name == "BlankEndEntityCertificate_CriticalBasicConstraints") {
    if (!form.api_passthrough && !form.csr_passthrough) return std::nullopt;
    form.blank = true;
    return form;
  }
  for (const BaseTemplate& base : end_entity_templates()) {
    if (base.name != name) continue;
    form.key_usages = base.key_usages;
    form.extended_key_usages = base.extended_key_usages;
    return form;
  }
  return std::nullopt;
}

pki::Template applied(const CertificateTemplate& form, const RequestedContent& csr,
                      const RequestedContent& api) {
  static const std::vector<std::string> kNone;
  pki::Template what;
  what.is_ca = form.is_ca;
  what.path_length = form.path_length;
  const bool api_subject = form.api_passthrough && !api.subject.empty();
  what.subject = api_subject ? api.subject : csr.subject;
  const bool api_names = form.api_passthrough && !api.names.empty();
  what.names = api_names ? api.names : csr.names;
  const auto passed = [&](const std::vector<std::string>& from_api,
                          const std::vector<std::string>& from_csr) {
    return first_filled(form.api_passthrough ? from_api : kNone,
                        form.csr_passthrough ? from_csr : kNone);
  };
  what.key_usages = first_filled(form.key_usages, passed(api.key_usages, csr.key_usages));
  // An end-entity template says its usages itself; CA templates leave room for extended ones.
  what.extended_key_usages = first_filled(form.extended_key_usages,
                                          passed(api.extended_key_usages, csr.extended_key_usages));
  return what;
}

}  // namespace certloop::emulator
