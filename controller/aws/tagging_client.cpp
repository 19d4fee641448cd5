#include <utility>

#include "aws/acm_json.h"
#include "aws/clients.h"
#include "aws/pages_json.h"

namespace certloop::aws {
namespace {

class TaggingClient final : public Tagging {
 public:
  explicit TaggingClient(ClientSettings settings) : client_("tagging", std::move(settings)) {}

  Result<void> get_resources(const std::string& resource_type, const Tags& tag_filter,
                             const TaggedResourceSink& sink) override {
    const std::string operation = "GetResources";
    Json input = {{"ResourcesPerPage", 100}, {"ResourceTypeFilters", {resource_type}}};
    for (const auto& [key, value] : tag_filter)
      input["TagFilters"].push_back({{"Key", key}, {"Values", {value}}});
    const std::string service = resource_type.substr(0, resource_type.find(':'));
    const auto row = [&](const Json& element, Instant asked) -> Result<bool> {
      std::string arn = text(element, "ResourceARN");
      TRY(client_.check_arn(operation, arn, service));
      return sink(std::move(arn), read_tags(member(element, "Tags")), asked);
    };
    return read_pages(client_, {operation, input, "ResourceTagMappingList", "PaginationToken"},
                      row);
  }

 private:
  Client client_;
};

}  // namespace

std::unique_ptr<Tagging> make_tagging(ClientSettings settings) {
  return std::make_unique<TaggingClient>(std::move(settings));
}

}  // namespace certloop::aws
