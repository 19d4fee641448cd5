#include "api/document.h"

#include "api/wire_json.h"
#include "base/secret.h"

namespace certloop::api {

Result<Document> Document::parse(std::string_view json) {
  const Json tree = TRY(parse_strictly(json));
  return from_canonical(dumped(tree));
}

void Document::wipe() {
  certloop::wipe(text_);
  text_ = "{}";
}

}  // namespace certloop::api
