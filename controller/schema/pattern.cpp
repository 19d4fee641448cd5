#include "schema/pattern.h"

#include <boost/xpressive/xpressive_dynamic.hpp>

namespace certloop::schema {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

struct Pattern::Compiled {
  boost::xpressive::cregex expression;
};

Pattern::Pattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Pattern::~Pattern() = default;

Result<std::shared_ptr<const Pattern>> Pattern::compile(const std::string& text) {
  std::string translated = text;
  replace_all(translated, "\\p{L}", "A-Za-z\\x80-\\xff");
  replace_all(translated, "\\p{N}", "0-9");
  replace_all(translated, "\\p{Z}", " ");
  try {
    auto compiled = std::make_unique<Compiled>();
    // As RE2: ^ and $ are the ends of the whole text, and a dot is no line break. Otherwise one
    // good line would let any other pass.
    namespace flags = boost::xpressive::regex_constants;
    compiled->expression = boost::xpressive::cregex::compile(
        translated, flags::ECMAScript | flags::single_line | flags::not_dot_newline);
    return std::shared_ptr<const Pattern>(new Pattern(std::move(compiled)));
  } catch (const boost::xpressive::regex_error& broken) {
    return Error(Code::internal, "the pattern " + text + " cannot be read: " + broken.what());
  }
}

bool Pattern::matches(std::string_view text) const {
  try {
    return boost::xpressive::regex_search(text.data(), text.data() + text.size(),
                                          compiled_->expression);
  } catch (const boost::xpressive::regex_error&) {
    return false;  // too complex for this text: what cannot be checked is refused
  }
}

}  // namespace certloop::schema
