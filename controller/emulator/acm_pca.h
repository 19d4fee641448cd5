#pragma once
// AWS Private CA (JSON 1.1, ACMPrivateCA, 2017-08-22): certificate authorities with real keys,
// their states over virtual time, and what they issue. ACM issues private certificates through
// PrivateIssuing.
// Limits: RSA_PSS, ML_DSA and SM2 do not exist here (a CA of such a key becomes FAILED with
// UNSUPPORTED_ALGORITHM); CRLs, OCSP responders and audit reports are not made, their URLs stand in
// certificates; ApiPassthrough's policies and custom extensions are refused.
// Source: AWS Private CA API reference and User Guide; shapes in the public service model.
#include <memory>

#include "emulator/service.h"

namespace certloop::emulator {

class AcmPcaService final : public JsonService, public PrivateIssuing, public Taggable {
 public:
  explicit AcmPcaService(World& world);
  ~AcmPcaService() override;

  std::string_view signing_name() const override { return "acm-pca"; }
  Json dump() const override;
  void restore(const Json& state) override;

  Answer<Issued> issue(const Order& order, Time now) override;

  Answer<void> tag(const std::string& account, const std::string& region, const std::string& arn,
                   const Tags& tags, Time now) override;
  Answer<void> untag(const std::string& account, const std::string& region, const std::string& arn,
                     const std::vector<std::string>& keys, Time now) override;

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace certloop::emulator
