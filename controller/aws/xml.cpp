#include "aws/xml.h"

#include <cassert>
#include <pugixml.hpp>
#include <utility>

#include "base/foreign.h"
#include "base/secret.h"

namespace certloop::aws {
namespace {

constexpr int kDeepest = 64;
constexpr std::size_t kMostText = 64U << 10;  // a policy document is the longest there is

std::string local_name(const char* name) {
  const std::string_view text = name;
  const auto colon = text.find(':');
  return std::string(colon == std::string_view::npos ? text : text.substr(colon + 1));
}

Error not_understood(std::string_view why) {
  return Error(Code::internal, "the answer is XML that is not understood: " + std::string(why));
}

Result<XmlNode> convert(const pugi::xml_node& element, int depth) {
  if (depth > kDeepest) return not_understood("nested too deeply");
  XmlNode node;
  node.name = local_name(element.name());
  for (const pugi::xml_attribute& attribute : element.attributes())
    node.attributes.emplace_back(attribute.name(), foreign_text(attribute.value(), kMostText));
  for (const pugi::xml_node& child : element.children()) {
    if (child.type() == pugi::node_element)
      node.children.push_back(TRY(convert(child, depth + 1)));
    else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
      node.text += child.value();
  }
  node.text = foreign_text(std::move(node.text), kMostText);
  return node;
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\r': out += "&#xD;"; break;  // parsers would turn a bare one into a line feed
      case '\n': out += "&#xA;"; break;
      case '\t': out += "&#x9;"; break;
      default: out += c;
    }
  return out;
}

}  // namespace

const XmlNode* XmlNode::child(std::string_view child_name) const {
  for (const XmlNode& node : children)
    if (node.name == child_name) return &node;
  return nullptr;
}

XmlNode* XmlNode::child(std::string_view child_name) {
  return const_cast<XmlNode*>(std::as_const(*this).child(child_name));
}

std::string XmlNode::child_text(std::string_view child_name) const {
  const XmlNode* node = child(child_name);
  return node == nullptr ? "" : node->text;
}

std::vector<const XmlNode*> XmlNode::list(std::string_view list_name,
                                          std::string_view member) const {
  std::vector<const XmlNode*> members;
  const XmlNode* list = child(list_name);
  if (list == nullptr) return members;
  for (const XmlNode& node : list->children)
    if (node.name == member) members.push_back(&node);
  return members;
}

Result<XmlNode> parse_xml(std::string document) {
  // pugixml knows the five predefined entities and character references only, and follows nothing;
  // a DOCTYPE is asked for so that it can be refused.
  constexpr unsigned kFlags =
      pugi::parse_default | pugi::parse_ws_pcdata_single | pugi::parse_doctype;
  pugi::xml_document tree;
  const pugi::xml_parse_result parsed =
      tree.load_buffer_inplace(document.data(), document.size(), kFlags, pugi::encoding_utf8);
  Result<XmlNode> root = not_understood(parsed ? "there is no element" : parsed.description());
  if (parsed && tree.document_element()) root = convert(tree.document_element(), 1);
  for (const pugi::xml_node& node : tree.children())
    if (node.type() == pugi::node_doctype) root = not_understood("it has a DOCTYPE");
  tree.reset();
  wipe(document);
  return root;
}

void XmlWriter::start_tag(std::string_view name, const XmlAttributes& attributes) {
  out_ += '<';
  out_ += name;
  for (const auto& [key, value] : attributes) out_ += " " + key + "=\"" + escaped(value) + "\"";
  out_ += '>';
}

void XmlWriter::open(std::string_view name, const XmlAttributes& attributes) {
  start_tag(name, attributes);
  open_.emplace_back(name);
}

void XmlWriter::close() {
  assert(!open_.empty());
  out_ += "</" + open_.back() + ">";
  open_.pop_back();
}

void XmlWriter::text(std::string_view name, std::string_view value,
                     const XmlAttributes& attributes) {
  open(name, attributes);
  out_ += escaped(value);
  close();
}

std::string XmlWriter::take() && {
  assert(open_.empty());
  return std::move(out_);
}

}  // namespace certloop::aws
