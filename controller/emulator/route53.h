#pragma once
// Amazon Route 53 (REST-XML, 2013-04-01): hosted zones and their record sets. Zones are global and
// belong to an account. Changes are PENDING for EmulatorOptions::dns_change_delay, then INSYNC;
// PublicDns shows a value from the moment its change is INSYNC.
// Limits: no health checks, traffic policies, CIDR collections or reusable delegation sets (they
// do not exist here, and the service says so); changes cost one request each, not by their number.
// Source: Route 53 API reference; shapes in the public service model.
#include <memory>

#include "emulator/service.h"

namespace certloop::emulator {

class Route53Service final : public Service, public PublicDns {
 public:
  explicit Route53Service(World& world);
  ~Route53Service() override;

  std::string_view signing_name() const override { return "route53"; }
  const Operation* operation_of(const net::HttpRequest& request) const override;
  Reply perform(Call& call, const Operation& operation) override;
  net::HttpResponse refusal(const AwsError& error, const std::string& request_id) const override;
  Json request_json(const net::HttpRequest& request) const override;
  AwsError throttled() const override { return {"Throttling", "Rate exceeded"}; }
  Json dump() const override;
  void restore(const Json& state) override;

  std::vector<Record> lookup(std::string_view name, std::string_view type) const override;
  std::uint64_t revision() const override;

  // A public zone of that account, in process; the zone's id. For EmulatorOptions::zones.
  Answer<std::string> create_zone(const std::string& account, const std::string& name);

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

}  // namespace certloop::emulator
