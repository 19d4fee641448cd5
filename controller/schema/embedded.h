#pragma once
// The kinds' descriptions as they stand in manifests/crd and core/, compiled in. Thread-safe.
#include <span>
#include <string_view>

namespace certloop::schema {

struct EmbeddedFile {
  std::string_view name;  // "certificates": the file's name without its ending
  std::string_view text;
};

std::span<const EmbeddedFile> embedded_files();

}  // namespace certloop::schema
