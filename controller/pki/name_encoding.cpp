#include "pki/name_encoding.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/foreign.h"
#include "base/text.h"

namespace certloop::pki {
namespace {

constexpr std::size_t kMaxNameBytes = 1024;

struct KnownAttribute {
  std::string_view name;
  int nid;
};
constexpr std::array<KnownAttribute, 7> kAttributes = {{{"CN", NID_commonName},
                                                        {"O", NID_organizationName},
                                                        {"OU", NID_organizationalUnitName},
                                                        {"C", NID_countryName},
                                                        {"ST", NID_stateOrProvinceName},
                                                        {"L", NID_localityName},
                                                        {"serialNumber", NID_serialNumber}}};

std::string dotted(const ASN1_OBJECT* object) {
  std::array<char, 256> text{};
  const int size = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  return size > 0 ? std::string(text.data()) : std::string();
}

std::string type_of(const ASN1_OBJECT* object) {
  const int nid = OBJ_obj2nid(object);
  for (const KnownAttribute& known : kAttributes)
    if (known.nid == nid) return std::string(known.name);
  return dotted(object);
}

Owner<ASN1_OBJECT> object_of(const std::string& type) {
  for (const KnownAttribute& known : kAttributes)
    if (known.name == type) return Owner<ASN1_OBJECT>(OBJ_nid2obj(known.nid));
  return Owner<ASN1_OBJECT>(OBJ_txt2obj(type.c_str(), 1));
}

std::string value_of(const ASN1_STRING* value) {
  unsigned char* text = nullptr;
  const ErrorScope scope;
  const int size = ASN1_STRING_to_UTF8(&text, value);
  std::string out;
  if (size > 0) out.assign(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  // Bit strings and the like have no text form: RFC 4514 shows them in hexadecimal.
  if (size >= 0 && is_clean_text(out, kMaxNameBytes)) return out;
  return "#" + to_hex(std::string_view(bytes_of(value)).substr(0, kMaxNameBytes / 2));
}

bool is_graphic_ascii(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
}

Owner<GENERAL_NAME> general_name(int kind, std::string_view text) {
  Owner<ASN1_STRING> value(ASN1_IA5STRING_new());
  Owner<GENERAL_NAME> name(GENERAL_NAME_new());
  if (!value || !name) return nullptr;
  ASN1_STRING_set(value.get(), text.data(), static_cast<int>(text.size()));
  GENERAL_NAME_set0_value(name.get(), kind, value.release());
  return name;
}

Owner<GENERAL_NAME> address(const std::string& text) {
  const ErrorScope scope;
  Owner<ASN1_STRING> octets(a2i_IPADDRESS(text.c_str()));
  if (!octets) return nullptr;
  Owner<GENERAL_NAME> name(GENERAL_NAME_new());
  if (!name) return nullptr;
  GENERAL_NAME_set0_value(name.get(), GEN_IPADD, octets.release());
  return name;
}

Result<void> append(GENERAL_NAMES* to, const std::vector<std::string>& names, int kind,
                    std::string_view kind_name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    Owner<GENERAL_NAME> name;
    if (kind == GEN_IPADD) {
      name = address(names[i]);
    } else {
      const bool ascii = is_graphic_ascii(names[i]);
      const std::string text = kind == GEN_DNS && !ascii ? normalized_domain(names[i]) : names[i];
      if (is_graphic_ascii(text)) name = general_name(kind, text);
    }
    if (!name) {
      return Error(Code::invalid, fmt::format("alternative names: {} name {} cannot be encoded; "
                                              "give it as it stands in certificates",
                                              kind_name, i + 1));
    }
    sk_GENERAL_NAME_push(to, name.release());
  }
  return {};
}

// These are shown, stored and compared everywhere. A zero byte ends the name for some verifiers and
// not for others.
Result<std::string> plain_text(const ASN1_STRING* value) {
  std::string text = bytes_of(value);
  if (!is_clean_text(text, kMaxNameBytes))
    return Error(Code::invalid,
                 fmt::format("alternative names: a name is longer than {} bytes, not UTF-8, or "
                             "holds control characters; have the certificate issued again",
                             kMaxNameBytes));
  return text;
}

Result<std::string> address_text(const ASN1_STRING* value) {
  const std::string octets = bytes_of(value);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = octets.size() == 4 ? AF_INET : AF_INET6;
  if ((octets.size() != 4 && octets.size() != 16) ||
      inet_ntop(family, octets.data(), text.data(), text.size()) == nullptr) {
    return Error(
        Code::invalid,
        fmt::format("alternative names: an IP address has {} bytes, not 4 or 16", octets.size()));
  }
  return std::string(text.data());
}

}  // namespace

Result<NameOwner> encode(const DistinguishedName& name) {
  const ErrorScope scope;
  NameOwner out(X509_NAME_new());
  for (const auto& [type, value] : name.attributes) {
    const Owner<ASN1_OBJECT> object = object_of(type);
    if (!object) {
      return Error(Code::invalid,
                   fmt::format("distinguished name: unknown attribute type {}; give a short name "
                               "(CN, O, OU, C, ST, L, serialNumber) or a dotted object identifier",
                               printable(type)));
    }
    if (value.empty() ||
        X509_NAME_add_entry_by_OBJ(out.get(), object.get(), MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(value.data()),
                                   static_cast<int>(value.size()), -1, 0) != 1) {
      return Error(Code::invalid,
                   fmt::format("distinguished name: the value of {} cannot be encoded; it must be "
                               "UTF-8 within RFC 5280's length (64 for CN, O and OU, 2 for C)",
                               type));
    }
  }
  return out;
}

Result<DistinguishedName> decode(const X509_NAME* name) {
  DistinguishedName out;
  if (X509_NAME_entry_count(name) > kMaxNames)
    return Error(Code::invalid,
                 fmt::format("distinguished name: more than {} attributes", kMaxNames));
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    out.attributes.emplace_back(type_of(X509_NAME_ENTRY_get_object(entry)),
                                value_of(X509_NAME_ENTRY_get_data(entry)));
  }
  return out;
}

Result<GeneralNamesOwner> encode(const AlternativeNames& names) {
  if (names.empty()) return GeneralNamesOwner();
  GeneralNamesOwner out(GENERAL_NAMES_new());
  TRY(append(out.get(), names.dns, GEN_DNS, "DNS"));
  TRY(append(out.get(), names.email, GEN_EMAIL, "e-mail"));
  TRY(append(out.get(), names.ip, GEN_IPADD, "IP"));
  TRY(append(out.get(), names.uri, GEN_URI, "URI"));
  return out;
}

namespace {

// What the name is for is told; what it means is nobody's business here.
Result<std::string> other_text(int kind, const void* value) {
  if (kind == GEN_DIRNAME)
    return "directoryName " + TRY(decode(static_cast<const X509_NAME*>(value))).text();
  if (kind == GEN_RID) return "registeredID " + dotted(static_cast<const ASN1_OBJECT*>(value));
  if (kind == GEN_OTHERNAME)
    return "otherName " + dotted(static_cast<const OTHERNAME*>(value)->type_id);
  return "a name of kind " + std::to_string(kind);
}

}  // namespace

Result<AlternativeNames> decode(const GENERAL_NAMES* names) {
  AlternativeNames out;
  if (sk_GENERAL_NAME_num(names) > kMaxNames)
    return Error(Code::invalid,
                 fmt::format("alternative names: {} names, ACM takes at most {}; have the "
                             "certificate issued for fewer",
                             sk_GENERAL_NAME_num(names), kMaxNames));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    int kind = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &kind);
    const auto* text = static_cast<const ASN1_STRING*>(value);
    if (kind == GEN_DNS) out.dns.push_back(TRY(plain_text(text)));
    if (kind == GEN_EMAIL) out.email.push_back(TRY(plain_text(text)));
    if (kind == GEN_URI) out.uri.push_back(TRY(plain_text(text)));
    if (kind == GEN_IPADD) out.ip.push_back(TRY(address_text(text)));
    if (kind != GEN_DNS && kind != GEN_EMAIL && kind != GEN_URI && kind != GEN_IPADD)
      out.other.push_back(TRY(other_text(kind, value)));
  }
  return out;
}

}  // namespace certloop::pki
