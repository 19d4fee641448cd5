#include "api/document.h"

#include "api/wire_json.h"

namespace certloop::api {

Result<Document> Document::parse(std::string_view json) {
  return from_canonical(TRY(parse_strictly(json)).dump());
}

}  // namespace certloop::api
