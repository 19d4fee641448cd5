#pragma once
// Route 53's XML: change batches in, zones, record sets and change infos out. Pure; thread-safe.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "emulator/answer.h"
#include "emulator/route53_zone.h"

namespace certloop::emulator {

struct ChangeInfo {
  std::string id;  // without "/change/"
  Time submitted_at{}, in_sync_at{};
  std::string comment;
};

struct ChangeBatch {
  std::vector<RecordChange> changes;
  std::string comment;
};

struct ZoneOrder {
  std::string name, caller_reference, comment;
  bool private_zone = false;
  std::string vpc_id, vpc_region, delegation_set_id;
};

// Errors: InvalidInput, InvalidChangeBatch, NoSuchHealthCheck.
Answer<ChangeBatch> change_batch_from_xml(const std::string& body);
// Errors: InvalidInput.
Answer<ZoneOrder> zone_order_from_xml(const std::string& body);

// Writes an XML document of Route 53's namespace, element by element. What it is given is escaped.
class XmlWriter {
 public:
  explicit XmlWriter(std::string root);
  void open(const std::string& element);
  void close();
  void text(const std::string& element, std::string_view value);
  // Closes what is open. The writer is empty afterwards.
  std::string finish();

 private:
  std::string out_;
  std::vector<std::string> open_;
};

void write_zone(XmlWriter& xml, const Zone& zone);
void write_delegation_set(XmlWriter& xml, const Zone& zone);
void write_record_set(XmlWriter& xml, const RecordSet& set);
void write_change(XmlWriter& xml, const ChangeInfo& change, Time now);

}  // namespace certloop::emulator
