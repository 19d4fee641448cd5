// The filter statements of SearchCertificates, compiled once for each call.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "emulator/acm_search.h"
#include "emulator/acm_words.h"
#include "emulator/text_forms.h"

namespace certloop::emulator::acm {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kStatementLimit = 15;
constexpr int kDepthLimit = 32;

AwsError refused(std::string message) { return {"ValidationException", std::move(message)}; }

// The one member of a union, as name and value. Errors: none or several.
Answer<std::pair<std::string, Json>> only_member(const Json& value, const char* what) {
  if (!value.is_object() || value.size() != 1) {
    return refused(std::string(what) + " must have exactly one member.");
  }
  return std::pair<std::string, Json>(value.begin().key(), value.begin().value());
}

Answer<std::string> word_of(const Json& value, const std::string& path, const Words& words) {
  const Json none = Json::object();
  TRY(Constraints(none).value_word(value, path, words).verdict());
  return value.get<std::string>();
}

// How the texts of a comparison are told apart: {"Value": ..., "ComparisonOperator": ...}.
Answer<std::function<bool(const std::string&)>> comparison(const Json& input) {
  TRY(Constraints(input)
          .required({"Value", "ComparisonOperator"})
          .text("Value", kFilterText)
          .word("ComparisonOperator", kComparisons)
          .verdict());
  const std::string wanted = lower(input.at("Value").get<std::string>());
  std::function<bool(const std::string&)> matches;
  if (input.at("ComparisonOperator") == "EQUALS") {
    matches = [wanted](const std::string& text) { return lower(text) == wanted; };
  } else {
    matches = [wanted](const std::string& text) {
      return lower(text).find(wanted) != std::string::npos;
    };
  }
  return matches;
}

// {"Start": epoch seconds, "End": epoch seconds}, both inclusive.
Predicate in_range(const Json& range, bool not_after) {
  const auto bound = [&](const char* member, Time otherwise) {
    const auto found = range.find(member);
    if (found == range.end()) return otherwise;
    return from_millis(std::llround(found->get<double>() * 1000.0));
  };
  const Time start = bound("Start", Time::min());
  const Time end = bound("End", Time::max());
  return [=](const HeldCertificate& held) {
    if (!held.leaf) return false;
    const Time time = not_after ? held.leaf->not_after() : held.leaf->not_before();
    return start <= time && time <= end;
  };
}

bool has_extended(const HeldCertificate& held, const std::string& name) {
  if (!held.leaf) return false;
  const auto& usages = held.leaf->extended_key_usages();
  return std::any_of(usages.begin(), usages.end(),
                     [&](const auto& usage) { return usage.name == name; });
}

bool has_usage(const HeldCertificate& held, const std::string& name) {
  if (!held.leaf) return false;
  const auto& usages = held.leaf->key_usages();
  return std::find(usages.begin(), usages.end(), name) != usages.end();
}

Answer<Predicate> x509_filter(const Json& input) {
  const auto [name, value] = TRY(only_member(input, "X509AttributeFilter"));
  if (name == "Subject") {
    const auto [part, how] = TRY(only_member(value, "Subject"));
    if (part != "CommonName") return refused("Subject can be filtered by CommonName only.");
    auto matches = TRY(comparison(how));
    return Predicate([matches](const HeldCertificate& held) {
      return matches(held.leaf ? held.leaf->subject().get("CN") : held.domain_name);
    });
  }
  if (name == "SubjectAlternativeName") {
    const auto [part, how] = TRY(only_member(value, "SubjectAlternativeName"));
    if (part != "DnsName") return refused("SubjectAlternativeName knows DnsName only.");
    auto matches = TRY(comparison(how));
    return Predicate([matches](const HeldCertificate& held) {
      return std::any_of(held.names.begin(), held.names.end(), matches);
    });
  }
  if (name == "ExtendedKeyUsage") {
    const std::string wanted = TRY(word_of(value, "extendedKeyUsage", kExtendedKeyUsages));
    return Predicate([wanted](const HeldCertificate& held) { return has_extended(held, wanted); });
  }
  if (name == "KeyUsage") {
    const std::string wanted = TRY(word_of(value, "keyUsage", kKeyUsages));
    return Predicate([wanted](const HeldCertificate& held) { return has_usage(held, wanted); });
  }
  if (name == "KeyAlgorithm") {
    const std::string wanted = TRY(word_of(value, "keyAlgorithm", kKeyAlgorithms));
    return Predicate([wanted](const HeldCertificate& held) {
      return pki::name_of(held.key_algorithm) == wanted;
    });
  }
  if (name == "SerialNumber") {
    TRY(Constraints(input).text("SerialNumber", kSerialNumber).verdict());
    return Predicate([wanted = value.get<std::string>()](const HeldCertificate& held) {
      return held.leaf && held.leaf->serial() == wanted;
    });
  }
  if (name == "NotAfter") return in_range(value, true);
  if (name == "NotBefore") return in_range(value, false);
  return refused("X509AttributeFilter has no member " + name + ".");
}

Predicate has_text(std::string HeldCertificate::*member, std::string wanted) {
  return [member, wanted = std::move(wanted)](const HeldCertificate& held) {
    return held.*member == wanted;
  };
}

Answer<Predicate> metadata_filter(const Json& input) {
  const auto [name, value] = TRY(only_member(input, "AcmCertificateMetadataFilter"));
  if (name == "Status") {
    return has_text(&HeldCertificate::status, TRY(word_of(value, "status", kStatuses)));
  }
  if (name == "Type") {
    return has_text(&HeldCertificate::type, TRY(word_of(value, "type", kTypes)));
  }
  if (name == "ManagedBy") {
    return has_text(&HeldCertificate::managed_by, TRY(word_of(value, "managedBy", kManagers)));
  }
  if (name == "ValidationMethod") {
    return has_text(&HeldCertificate::validation_method,
                    TRY(word_of(value, "validationMethod", kValidationMethods)));
  }
  if (name == "RenewalStatus") {
    const std::string wanted = TRY(word_of(value, "renewalStatus", kRenewalStatuses));
    return Predicate([wanted](const HeldCertificate& held) {
      return held.renewal && held.renewal->status == wanted;
    });
  }
  if (name == "ExportOption") {
    const bool wanted = TRY(word_of(value, "exportOption", kSwitch)) == "ENABLED";
    return Predicate(
        [wanted](const HeldCertificate& held) { return held.export_enabled == wanted; });
  }
  if (name == "InUse") {
    return Predicate([wanted = value.get<bool>()](const HeldCertificate& held) {
      return held.in_use_by.empty() != wanted;
    });
  }
  if (name == "Exported") {
    return Predicate([wanted = value.get<bool>()](const HeldCertificate& held) {
      return held.exported == wanted;
    });
  }
  if (name == "CertificateKeyPairOrigin") {
    const std::string wanted = TRY(word_of(value, "certificateKeyPairOrigin", kOrigins));
    return Predicate([wanted](const HeldCertificate& held) {
      return wanted == (held.type == "IMPORTED" ? "CUSTOMER_PROVIDED" : "AWS_MANAGED");
    });
  }
  return refused("AcmCertificateMetadataFilter has no member " + name + ".");
}

Answer<Predicate> leaf_filter(const Json& input) {
  const auto [name, value] = TRY(only_member(input, "Filter"));
  if (name == "X509AttributeFilter") return x509_filter(value);
  if (name == "AcmCertificateMetadataFilter") return metadata_filter(value);
  if (name != "CertificateArn") return refused("Filter has no member " + name + ".");
  TRY(Constraints(input).text("CertificateArn", kArn).verdict());
  return has_text(&HeldCertificate::arn, value.get<std::string>());
}

Answer<Predicate> statement_filter(const Json& statement, int depth) {
  if (depth > kDepthLimit) return refused("The filter statement is nested too deeply.");
  const auto [name, value] = TRY(only_member(statement, "FilterStatement"));
  if (name == "Filter") return leaf_filter(value);
  if (name == "Not") {
    Predicate inner = TRY(statement_filter(value, depth + 1));
    return Predicate([inner](const HeldCertificate& held) { return !inner(held); });
  }
  if (name != "And" && name != "Or") return refused("FilterStatement has no member " + name + ".");
  TRY(Constraints(statement).list(name.c_str(), 1, kStatementLimit).verdict());
  std::vector<Predicate> parts;
  for (const Json& each : value) parts.push_back(TRY(statement_filter(each, depth + 1)));
  const bool needs_all = name == "And";
  return Predicate([parts, needs_all](const HeldCertificate& held) {
    const auto holds = [&](const Predicate& part) { return part(held); };
    return needs_all ? std::all_of(parts.begin(), parts.end(), holds)
                     : std::any_of(parts.begin(), parts.end(), holds);
  });
}

}  // namespace

Answer<Predicate> filter_from(const Json& statement) { return statement_filter(statement, 0); }

}  // namespace certloop::emulator::acm
