#include "pki/chain.h"

#include <fmt/format.h>
#include <openssl/pem.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "pki/name_encoding.h"
#include "pki/openssl.h"

namespace certloop::pki {
namespace {

// More than this in one text is no bundle that a server could send.
constexpr std::size_t kMaxCertificates = 1000;

Error invalid(std::string_view why) { return {Code::invalid, fmt::format("bundle: {}", why)}; }

// The bytes of one PEM block, wiped after use: the block may turn out to be a private key.
struct Block {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  }
  bool is_certificate() const {
    const std::string_view label(name);
    return label == PEM_STRING_X509 || label == PEM_STRING_X509_OLD;
  }
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
  }
};

bool belongs(const Certificate& certificate, const PrivateKey& key) {
  const ErrorScope scope;
  return EVP_PKEY_eq(X509_get0_pubkey(certificate.internals().x509.get()),
                     key.internals().key.get()) == 1;
}

bool names_issuer(const Certificate& child, const Certificate& parent) {
  return X509_NAME_cmp(X509_get_issuer_name(child.internals().x509.get()),
                       X509_get_subject_name(parent.internals().x509.get())) == 0;
}

// The certificate of the key; of several (a renewal beside its predecessor) the one that is no CA
// and is good for longest.
const Certificate* find_leaf(const std::vector<Certificate>& all, const PrivateKey& key) {
  const Certificate* best = nullptr;
  for (const Certificate& candidate : all) {
    if (!belongs(candidate, key)) continue;
    const auto rank = [](const Certificate& c) { return std::pair(!c.is_ca(), c.not_after()); };
    if (best == nullptr || rank(candidate) > rank(*best)) best = &candidate;
  }
  return best;
}

// Who issued `child`. Of several the one that leads on (cross-signed) beats the root, for a chain
// through it serves those who know only the other root; then the one good for longest.
const Certificate* find_issuer(const std::vector<Certificate>& all, const Certificate& child,
                               const std::vector<const Certificate*>& used) {
  const Certificate* best = nullptr;
  const auto rank = [](const Certificate& c) {
    return std::pair(!c.is_self_signed(), c.not_after());
  };
  for (const Certificate& candidate : all) {
    if (std::find(used.begin(), used.end(), &candidate) != used.end()) continue;
    if (!names_issuer(child, candidate) || !child.is_signed_by(candidate)) continue;
    if (best == nullptr || rank(candidate) > rank(*best)) best = &candidate;
  }
  return best;
}

Result<Bundle> assemble(const std::vector<Certificate>& all, PrivateKey key) {
  if (all.empty()) return invalid("it holds no certificate");
  const Certificate* leaf = find_leaf(all, key);
  if (leaf == nullptr) {
    return invalid(
        fmt::format("none of its {} certificates belongs to the private key; give the "
                    "certificate that was issued for this key",
                    all.size()));
  }
  Bundle out{*leaf, {}, std::move(key)};
  std::vector<const Certificate*> used{leaf};
  while (!used.back()->is_self_signed()) {
    const Certificate* issuer = find_issuer(all, *used.back(), used);
    if (issuer == nullptr || issuer->is_self_signed()) break;
    out.chain.push_back(*issuer);
    used.push_back(issuer);
  }
  return out;
}

// A store that trusts these certificates, roots or not: whoever names an anchor means it.
Owner<X509_STORE> store_of(const std::vector<Certificate>& anchors) {
  Owner<X509_STORE> store(X509_STORE_new());
  for (const Certificate& anchor : anchors)
    X509_STORE_add_cert(store.get(), anchor.internals().x509.get());
  return store;
}

Result<void> verify(X509_STORE* store, const Certificate& leaf,
                    const std::vector<Certificate>& chain, Time now, unsigned long flags) {
  const Owner<STACK_OF(X509)> untrusted(sk_X509_new_null());
  for (const Certificate& each : chain) {
    X509* x509 = each.internals().x509.get();
    X509_up_ref(x509);
    sk_X509_push(untrusted.get(), x509);
  }
  const Owner<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), store, leaf.internals().x509.get(),
                                      untrusted.get()) != 1) {
    return Error(Code::internal, "certificate chain: OpenSSL's verifier did not start");
  }
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(
      param, std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
  X509_VERIFY_PARAM_set_flags(param, flags);
  if (X509_verify_cert(context.get()) == 1) return {};
  const char* reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  const X509* at_fault = X509_STORE_CTX_get_current_cert(context.get());
  const std::string subject =
      (at_fault == nullptr ? leaf.subject() : decode(X509_get_subject_name(at_fault))).text();
  return Error(Code::invalid,
               fmt::format("certificate chain: {} ({})", reason, printable(subject)));
}

}  // namespace

Result<std::vector<Certificate>> certificates_from_pem(std::string_view pem) {
  const ErrorScope scope;
  if (pem.size() > kMaxInput) return invalid("it is larger than any bundle");
  const BioOwner in = reader_of(pem);
  std::vector<Certificate> out;
  for (std::size_t number = 1;; ++number) {
    Block block;
    if (PEM_read_bio(in.get(), &block.name, &block.header, &block.data, &block.size) != 1) {
      if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) return out;
      return invalid(fmt::format("its PEM block {} is damaged", number));
    }
    if (!block.is_certificate()) continue;
    if (out.size() == kMaxCertificates)
      return invalid(fmt::format("it holds more than {} certificates", kMaxCertificates));
    auto certificate = Certificate::from_der(block.bytes());
    if (!certificate)
      return std::move(certificate).error().during(fmt::format("PEM block {}", number));
    out.push_back(std::move(certificate).value());
  }
}

std::string Bundle::chain_pem() const {
  std::string out;
  for (const Certificate& each : chain) out += each.pem();
  return out;
}

Result<Bundle> bundle_from_pem(std::string_view certificates, const Secret& key_pem) {
  PrivateKey key = TRY(PrivateKey::from_pem(key_pem));
  return assemble(TRY(certificates_from_pem(certificates)), std::move(key));
}

Result<void> verify_chain(const Certificate& leaf, const std::vector<Certificate>& chain,
                          const std::vector<Certificate>& roots, Time now) {
  const ErrorScope scope;
  std::vector<Certificate> anchors = roots;
  if (anchors.empty() && !chain.empty()) anchors.push_back(chain.back());
  if (anchors.empty() && leaf.is_self_signed()) anchors.push_back(leaf);
  const auto store = store_of(anchors);
  return verify(store.get(), leaf, chain, now, X509_V_FLAG_PARTIAL_CHAIN);
}

bool is_publicly_trusted(const Certificate& leaf, const std::vector<Certificate>& chain, Time now) {
  const ErrorScope scope;
  const Owner<X509_STORE> store(X509_STORE_new());
  if (!store || X509_STORE_set_default_paths(store.get()) != 1) return false;
  return verify(store.get(), leaf, chain, now, 0).ok();
}

}  // namespace certloop::pki
