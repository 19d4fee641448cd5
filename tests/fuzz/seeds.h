#pragma once
// First inputs for a fuzzer, made when it starts instead of being kept in the repository.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace certloop::fuzz {

// Writes them into the first corpus folder of the command line, from which libFuzzer reads once
// LLVMFuzzerInitialize has returned. Without a folder the fuzzer starts from nothing.
inline void write_seeds(int argc, char** argv, const std::vector<std::string>& seeds) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-' || !std::filesystem::is_directory(argv[i])) continue;
    for (std::size_t n = 0; n < seeds.size(); ++n)
      std::ofstream(std::filesystem::path(argv[i]) / ("seed-" + std::to_string(n)),
                    std::ios::binary)
          << seeds[n];
    return;
  }
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// What must hold whatever the input was.
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace certloop::fuzz
