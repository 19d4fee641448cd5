#include "base/text.h"
#include "reconcilers/placement/rules.h"

namespace certloop::placement {
namespace {

std::string family(const std::string& algorithm) {
  return algorithm.substr(0, algorithm.find('_'));
}

// A change of what is referred to wakes the placement; this is for the change that nobody saw.
constexpr Duration kLookAgain = std::chrono::minutes(5);

// An Account that is being deleted goes on serving what it has (PROTOCOLS 5).
std::optional<Decision> account_is_retiring(const Input& in) {
  if (!in.observed.retiring) return std::nullopt;
  const Problem& problem = *in.observed.retiring;
  return Decision{{}, "", problem.reason, problem.message, problem.stalled};
}

// imported: {} with an ARN: somebody else imports; we compare and warn.
std::optional<Decision> is_watched_only(const Input& in) {
  if (!in.spec().issuer.imported || in.spec().issuer.imported->secret_name) return std::nullopt;
  if (in.present())
    return Decision{{},
                    "Drift",
                    in.known().acm_status == "ISSUED" ? "Watched" : in.known().acm_status,
                    in.known().arn + " is " + in.known().acm_status +
                        ": whoever imported it must import another one, or name a Secret in "
                        "spec.issuer.imported.secretRef",
                    true};
  return Decision{{},
                  "Missing",
                  "Missing",
                  in.spec().arn + " does not exist in " + in.spec().region +
                      ", and the spec names no Secret to import from",
                  true};
}

std::optional<Decision> authority_is_in_another_region(const Input& in, const Authority& ca) {
  if (ca.region == in.spec().region) return std::nullopt;
  return Decision{{},
                  "",
                  "AuthorityInOtherRegion",
                  "spec.region is " + in.spec().region + " but CertificateAuthority " + ca.name +
                      " is in " + ca.region +
                      ": ACM uses only a CA of its own region. Name a CA in " + in.spec().region +
                      ", or make the certificate in " + ca.region,
                  true};
}

std::optional<Decision> authority_does_not_suit_acm(const Input& in, const Authority& ca) {
  if (ca.usage_mode == "SHORT_LIVED_CERTIFICATE")
    return Decision{{},
                    "",
                    "AuthorityIsShortLived",
                    "CertificateAuthority " + ca.name +
                        " has usageMode SHORT_LIVED_CERTIFICATE, which ACM cannot use: name a "
                        "GENERAL_PURPOSE one",
                    true};
  const std::string algorithm = wanted_key_algorithm(in.spec(), in.observed);
  if (ca.key_algorithm.empty() || family(algorithm) == family(ca.key_algorithm))
    return std::nullopt;
  return Decision{{},
                  "",
                  "KeyFamilyDiffers",
                  "spec.keyAlgorithm is " + algorithm + " but CertificateAuthority " + ca.name +
                      " has a key of " + ca.key_algorithm +
                      ": the families must be the same. Leave keyAlgorithm out to follow the CA",
                  true};
}

bool makes_another(const Action& action) {
  const auto* import = std::get_if<ImportCertificate>(&action);
  return std::holds_alternative<RequestCertificate>(action) ||
         (import != nullptr && import->arn.empty());
}

// spec.arn says which certificate it is: another one would make way for it again at once.
std::optional<Decision> named_arn_stays(const Input& in, const Decision& wanted) {
  if (in.spec().arn.empty() || !wanted.action || !makes_another(*wanted.action))
    return std::nullopt;
  return Decision{
      {},
      wanted.because,
      "ReplacementHeld",
      "spec.arn names " + in.spec().arn + ", so no other certificate is made in its place (" +
          wanted.message + "): " +
          (in.spec().issuer.imported
               ? "put one into the Secret that ACM can import over it, or remove spec.arn"
               : "correct the spec, or remove spec.arn"),
      true};
}

}  // namespace

Action obtain(const api::CertificateRequestSpec& spec) {
  if (spec.issuer.imported) return ImportCertificate{};
  return RequestCertificate{};
}

std::optional<Decision> reference_is_missing(const Input& in) {
  if (!in.observed.reference) return std::nullopt;
  const Problem& problem = *in.observed.reference;
  Decision decision{{}, "", problem.reason, problem.message, problem.stalled};
  if (!problem.stalled) decision.again = kLookAgain;
  return decision;
}

// S18, S23: ACM would fail later, or silently use another CA; so it is not asked.
std::optional<Decision> authority_cannot_sign(const Input& in) {
  if (!in.spec().issuer.authority || !in.observed.authority) return std::nullopt;
  const Authority& ca = *in.observed.authority;
  if (ca.goes)
    return waits_for_others(kLookAgain, "", "AuthorityDeleting",
                            "CertificateAuthority " + ca.name +
                                " is being deleted: nothing more is issued by it. Name another one "
                                "in spec.issuer.authority, or delete this certificate");
  if (auto elsewhere = authority_is_in_another_region(in, ca)) return elsewhere;
  if (auto unsuited = authority_does_not_suit_acm(in, ca)) return unsuited;
  // S25: what was known of it before the right to view it was withdrawn is no ground to ask.
  if (ca.denied.empty() && ca.status == "ACTIVE") return std::nullopt;
  if (!ca.denied.empty()) return waits_for_others(kLookAgain, "", "AuthorityNotReady", ca.denied);
  return waits_for_others(kLookAgain, "", "AuthorityNotActive",
                          "CertificateAuthority " + ca.name + " is " +
                              (ca.status.empty() ? std::string("not created yet") : ca.status) +
                              ": the certificate is requested once it is ACTIVE");
}

Decision obtains(const Input& in, Decision wanted) {
  // Nothing is obtained under Observe: what would keep it from that is not what was found.
  const bool observes = in.observed.management == api::Management::observe;
  for (const Rule obstacle :
       {account_is_retiring, is_watched_only, reference_is_missing, authority_cannot_sign}) {
    if (observes && (obstacle == account_is_retiring || obstacle == authority_cannot_sign))
      continue;
    if (auto decision = obstacle(in)) return *decision;
  }
  if (auto decision = named_arn_stays(in, wanted)) return *decision;
  return wanted;
}

}  // namespace certloop::placement
