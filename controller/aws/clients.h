#pragma once
// The services' clients: the interfaces of acm.h and its siblings, over HTTP.
#include <memory>

#include "aws/acm.h"
#include "aws/acm_pca.h"
#include "aws/client.h"
#include "aws/iam.h"
#include "aws/route53.h"
#include "aws/sts.h"
#include "aws/tagging.h"

namespace certloop::aws {

// Each is safe for concurrent use, and keeps what it learned of its server: AWS's clock, and which
// operations it lacks. So one client for each account and region is kept, rather than one a call.
std::unique_ptr<Acm> make_acm(ClientSettings settings);
std::unique_ptr<AcmPca> make_acm_pca(ClientSettings settings);
std::unique_ptr<Sts> make_sts(ClientSettings settings);
std::unique_ptr<Tagging> make_tagging(ClientSettings settings);
// Global; the region chooses the partition.
std::unique_ptr<Iam> make_iam(ClientSettings settings);
std::unique_ptr<Route53> make_route53(ClientSettings settings);

}  // namespace certloop::aws
