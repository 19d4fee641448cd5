#pragma once
// The regions in which ACM may hold certificates. Source: the partitions that the AWS SDKs publish
// (botocore 1.43, partitions.json) and AWS Account Management, "Regions". Pure; thread-safe.
#include <span>
#include <string_view>

namespace certloop::aws {

// Every region of the partition ("aws", "aws-cn", ...) that is known here, whether or not an
// account has it enabled; empty for a partition nobody has heard of. AWS may have more by now.
std::span<const std::string_view> regions_of(std::string_view partition);

// Whether an account must have asked for the region before it can be used. Those that are always on
// cannot be switched off.
bool is_opt_in(std::string_view region);

}  // namespace certloop::aws
