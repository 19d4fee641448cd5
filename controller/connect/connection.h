#pragma once
// One account, made into clients. See connections.h for how it comes about.
#include <memory>
#include <string>
#include <vector>

#include "aws/acm.h"
#include "aws/acm_pca.h"
#include "aws/iam.h"
#include "aws/route53.h"
#include "aws/sts.h"
#include "aws/tagging.h"

namespace certloop::connect {

// Safe for concurrent use; lives as long as somebody holds it, even if the account changes
// meanwhile.
class Connection {
 public:
  virtual ~Connection() = default;

  // The references stay valid as long as the connection does.
  virtual aws::Acm& acm(const std::string& region) = 0;
  virtual aws::AcmPca& acm_pca(const std::string& region) = 0;
  virtual aws::Sts& sts(const std::string& region) = 0;
  virtual aws::Tagging& tagging(const std::string& region) = 0;
  virtual aws::Route53& route53() = 0;
  virtual aws::Iam& iam() = 0;

  // The account's hosted zones, read again when older than a minute: every pending public
  // certificate asks for them.
  virtual Result<std::vector<aws::HostedZone>> hosted_zones() = 0;

  // The number of the AWS account that the credentials belong to. STS is asked until it has
  // answered once. Errors: those of GetCallerIdentity.
  virtual Result<std::string> account_id() = 0;

  // Whether the credentials are known to be good in every region that the account has enabled:
  // long-term keys, and sessions that we had from a region's own STS. Sessions of unknown origin
  // may come from STS's global endpoint, and those are refused in regions that were opted into.
  virtual bool valid_in_every_region() const = 0;

  // "aws", "aws-cn", "aws-us-gov": from the first region's name.
  virtual const std::string& partition() const = 0;
};

}  // namespace certloop::connect
