#include "aws/form.h"

#include <cassert>
#include <utility>

#include "base/text.h"

namespace certloop::aws {

void FormWriter::open(std::string_view name) { open_.emplace_back(name); }

void FormWriter::close() {
  assert(!open_.empty());
  open_.pop_back();
}

void FormWriter::text(std::string_view name, std::string_view value) {
  if (!out_.empty()) out_ += '&';
  for (const std::string& outer : open_) out_ += percent_encode(outer) + ".";
  out_ += percent_encode(name) + "=" + percent_encode(value);
}

std::string with_label(std::string_view path, std::string_view label, std::string_view value) {
  std::string out(path);
  const std::string place = "{" + std::string(label) + "}";
  const auto at = out.find(place);
  assert(at != std::string::npos);
  return out.replace(at, place.size(), percent_encode(value));
}

}  // namespace certloop::aws
