#pragma once
// Bytes that must not leak: a private key, a secret access key, a passphrase.
#include <cstddef>
#include <string>
#include <string_view>

namespace certloop {

// Cannot be printed, compared with <, or turned into a std::string by accident; reveal() is the one
// way to the bytes, and easy to search for. The memory is left out of core dumps (MADV_DONTDUMP)
// and wiped when the object dies. A copy is a second such buffer. Not thread-safe to modify.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes);
  // Takes the bytes and wipes the string they came in.
  static Secret take(std::string&& bytes);

  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret other) noexcept;
  ~Secret();

  // Valid as long as this object is.
  std::string_view reveal() const { return {data_, size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // In time that depends on the sizes only.
  friend bool operator==(const Secret& a, const Secret& b);

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

// Overwrites the string's bytes in a way the compiler keeps, then empties it.
void wipe(std::string& bytes);

// Leaves no core file behind if the process dies (prctl and setrlimit). Called once by main.
void forbid_core_dumps();

}  // namespace certloop
