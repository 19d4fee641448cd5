#pragma once
// XML as AWS writes and reads it: elements, text and attributes, nothing else. Pure functions and
// values; not thread-safe to modify.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace certloop::aws {

using XmlAttributes = std::vector<std::pair<std::string, std::string>>;

struct XmlNode {
  std::string name;  // without its prefix: AWS's namespaces carry no meaning for a reader
  std::string text;  // what stands directly in it, CDATA included
  XmlAttributes attributes;
  std::vector<XmlNode> children;

  // The first child of that name, or null. It belongs to this node.
  const XmlNode* child(std::string_view child_name) const;
  XmlNode* child(std::string_view child_name);
  // Its text; "" without one.
  std::string child_text(std::string_view child_name) const;
  // The children of that name below `list`: <list><member>..</member><member>..</member></list>.
  std::vector<const XmlNode*> list(std::string_view list_name, std::string_view member) const;
};

// Takes the document over and wipes it when done, for answers may hold credentials. Error: internal
// (not well-formed; a DOCTYPE, and with it every entity definition; more than 64 levels deep).
Result<XmlNode> parse_xml(std::string document);

// Writes a document element by element. Names are the caller's and are trusted; values are escaped.
class XmlWriter {
 public:
  void open(std::string_view name, const XmlAttributes& attributes = {});
  void close();
  void text(std::string_view name, std::string_view value, const XmlAttributes& attributes = {});
  // The document; every element that was opened has been closed.
  std::string take() &&;

 private:
  void start_tag(std::string_view name, const XmlAttributes& attributes);

  std::string out_;
  std::vector<std::string> open_;
};

}  // namespace certloop::aws
