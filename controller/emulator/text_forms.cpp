#include "emulator/text_forms.h"

namespace certloop::emulator {

std::string letters_from(std::string_view bytes, std::size_t count) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  for (const char byte : bytes.substr(0, count)) {
    text += kAlphabet[static_cast<unsigned char>(byte) % kAlphabet.size()];
  }
  return text;
}

std::string escaped_xml(std::string_view text) {
  std::string escaped;
  for (const char each : text) {
    switch (each) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += each;
    }
  }
  return escaped;
}

}  // namespace certloop::emulator
