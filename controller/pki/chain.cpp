#include "pki/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/digest.h"
#include "base/text.h"
#include "pki/name_encoding.h"
#include "pki/openssl.h"
#include "pki/pem.h"

namespace certloop::pki {
namespace {

Error invalid(std::string_view why) { return {Code::invalid, fmt::format("bundle: {}", why)}; }

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

// The certificates of one bundle in the order in which they are asked whether they issued another:
// what leads on (cross-signed) before roots, for a chain through it serves those who know only the
// other root; then what is good for longest. Signatures are what costs here, so each certificate's
// own is looked at once.
class Candidates {
 public:
  explicit Candidates(const std::vector<Certificate>& all) {
    for (const Certificate& each : all) ranked_.push_back({&each, each.is_self_signed()});
    std::stable_sort(ranked_.begin(), ranked_.end(), [](const Entry& a, const Entry& b) {
      return std::pair(!a.is_root, a.certificate->not_after()) >
             std::pair(!b.is_root, b.certificate->not_after());
    });
  }

  struct Entry {
    const Certificate* certificate;
    bool is_root;
    bool used = false;
  };

  bool is_root(const Certificate& certificate) const {
    return std::any_of(ranked_.begin(), ranked_.end(), [&](const Entry& each) {
      return each.certificate == &certificate && each.is_root;
    });
  }

  // Who issued `child`, and was not given out yet; null if nobody here.
  const Entry* take_issuer(const Certificate& child) {
    for (Entry& each : ranked_) {
      if (each.used || each.certificate == &child || !names_issuer(child, *each.certificate) ||
          !child.is_signed_by(*each.certificate))
        continue;
      each.used = true;
      return &each;
    }
    return nullptr;
  }

  void use(const Certificate& certificate) {
    for (Entry& each : ranked_)
      if (each.certificate == &certificate) each.used = true;
  }

 private:
  std::vector<Entry> ranked_;
};

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
  Candidates candidates(all);
  candidates.use(*leaf);
  if (candidates.is_root(*leaf)) return out;
  for (const Certificate* child = leaf;;) {
    const Candidates::Entry* issuer = candidates.take_issuer(*child);
    if (issuer == nullptr || issuer->is_root) break;
    out.chain.push_back(*issuer->certificate);
    child = issuer->certificate;
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
  std::string subject = leaf.subject().text();
  if (at_fault != nullptr)
    if (const auto name = decode(X509_get_subject_name(at_fault)); name.ok())
      subject = name->text();
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
    PemBlock block;
    const auto read = block.read(in.get());
    if (read == PemBlock::Read::end) return out;
    if (read == PemBlock::Read::damaged)
      return invalid(fmt::format("its PEM block {} is damaged", number));
    if (!block.is_certificate()) continue;
    if (out.size() == kMaxCertificates)
      return invalid(fmt::format("it holds more than {} certificates; leave out what does not "
                                 "belong to the chain",
                                 kMaxCertificates));
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

std::string digest_of(const std::vector<Certificate>& chain) {
  std::string all;
  for (const Certificate& certificate : chain)
    if (!certificate.is_self_signed()) all += certificate.fingerprint();
  return sha256_hex(all);
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
