#pragma once
// The Resource Groups Tagging API (JSON 1.1, ResourceGroupsTaggingAPI_20170126): reads the world's
// TagIndex, which is as old as EmulatorOptions::tagging_lag, and writes through the services that
// own the resources. Page tokens live 15 minutes.
// Limits: no tag policies (compliance details are always empty), no reports.
// Source: Resource Groups Tagging API reference.
#include "emulator/service.h"

namespace certloop::emulator {

class TaggingService final : public JsonService {
 public:
  explicit TaggingService(World& world);

  std::string_view signing_name() const override { return "tagging"; }
  AwsError throttled() const override;
  // It keeps nothing itself.
  Json dump() const override;
  void restore(const Json&) override {}

 private:
  Answer<Json> get_resources(Call& call, const Json& input);
  Answer<Json> tag_resources(Call& call, const Json& input);
  Answer<Json> untag_resources(Call& call, const Json& input);
  Answer<Json> get_tag_keys(Call& call, const Json& input);
  Answer<Json> get_tag_values(Call& call, const Json& input);

  World& world_;
};

}  // namespace certloop::emulator
