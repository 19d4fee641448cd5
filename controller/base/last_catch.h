#pragma once
// The last catch of a thread: an exception that leaves a thread's function ends the process, and
// with it everything else that it does.
#include <exception>
#include <string>

namespace certloop {

// What was thrown, in words. To be called in a catch block. Never throws: when memory has run out
// it says just that.
inline std::string thrown_words() noexcept {
  try {
    try {
      throw;
    } catch (const std::exception& exception) {
      return exception.what();
    } catch (...) {
      return "an unknown exception";
    }
  } catch (...) {
    return "out of memory";  // short enough to need no memory
  }
}

// Runs `body`; if it throws, `failed` is told what, in words. Never throws: what `failed` throws is
// dropped.
template <class Body, class Failed>
void with_last_catch(const Body& body, const Failed& failed) noexcept {
  try {
    body();
  } catch (...) {
    try {
      failed(thrown_words());
    } catch (...) {  // memory is too short to say so
    }
  }
}

}  // namespace certloop
