#include "aws/regions.h"

#include <algorithm>
#include <array>

namespace certloop::aws {
namespace {

constexpr std::size_t kAlwaysOn = 17;  // the first so many of "aws"

constexpr std::array<std::string_view, 34> kCommercial = {
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-1",
    "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "ap-south-1", "ap-northeast-1",
    "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2",
    // Only on request:
    "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4",
    "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1",
    "eu-south-2", "il-central-1", "me-central-1", "me-south-1", "mx-central-1"};
constexpr std::array<std::string_view, 2> kChina = {"cn-north-1", "cn-northwest-1"};
constexpr std::array<std::string_view, 2> kGovernment = {"us-gov-west-1", "us-gov-east-1"};
constexpr std::array<std::string_view, 1> kSovereign = {"eusc-de-east-1"};
constexpr std::array<std::string_view, 2> kIso = {"us-iso-east-1", "us-iso-west-1"};
constexpr std::array<std::string_view, 2> kIsoB = {"us-isob-east-1", "us-isob-west-1"};
constexpr std::array<std::string_view, 1> kIsoE = {"eu-isoe-west-1"};
constexpr std::array<std::string_view, 2> kIsoF = {"us-isof-east-1", "us-isof-south-1"};

}  // namespace

std::span<const std::string_view> regions_of(std::string_view partition) {
  if (partition == "aws") return kCommercial;
  if (partition == "aws-cn") return kChina;
  if (partition == "aws-us-gov") return kGovernment;
  if (partition == "aws-eusc") return kSovereign;
  if (partition == "aws-iso") return kIso;
  if (partition == "aws-iso-b") return kIsoB;
  if (partition == "aws-iso-e") return kIsoE;
  if (partition == "aws-iso-f") return kIsoF;
  return {};
}

bool is_opt_in(std::string_view region) {
  return std::find(kCommercial.begin() + kAlwaysOn, kCommercial.end(), region) != kCommercial.end();
}

}  // namespace certloop::aws
