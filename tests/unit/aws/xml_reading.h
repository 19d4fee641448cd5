#pragma once
// Values of the published cases, read from XML: what the query and REST-XML answers share.
#include <cstdlib>
#include <string>

#include "aws/xml.h"
#include "protocol_suite.h"

namespace certloop::aws {

inline Tree xml_scalar(const Tree& shape, const std::string& text) {
  const std::string type = shape.at("type");
  if (type == "boolean") return text == "true";
  if (type == "integer" || type == "long") return std::strtoll(text.c_str(), nullptr, 10);
  if (type == "float" || type == "double") {
    if (text == "NaN" || text.ends_with("Infinity")) return text;
    return std::strtod(text.c_str(), nullptr);
  }
  if (type == "blob") return from_base64(text).value();
  if (type == "timestamp") {
    auto moment = parse_rfc3339(text);
    if (!moment) moment = parse_http_date(text);
    if (!moment) return std::strtod(text.c_str(), nullptr);
    return static_cast<double>(moment->time_since_epoch().count()) / 1000;
  }
  return text;
}

inline Tree xml_structure(const ProtocolCase& one, const Tree& shape, const XmlNode& node);

// `node` holds the value itself.
inline Tree xml_value(const ProtocolCase& one, const Tree& reference, const XmlNode& node) {
  const Tree& shape = one.shape(reference);
  const std::string type = shape.at("type");
  if (type == "structure") return xml_structure(one, shape, node);
  if (type == "list") {
    Tree out = Tree::array();
    const std::string name = wire_name(shape.at("member"), "member");
    for (const XmlNode& element : node.children)
      if (element.name == name) out.push_back(xml_value(one, shape.at("member"), element));
    return out;
  }
  if (type != "map") return xml_scalar(shape, node.text);
  Tree out = Tree::object();
  for (const XmlNode& entry : node.children)
    if (const XmlNode* value = entry.child(wire_name(shape.at("value"), "value")))
      out[entry.child_text(wire_name(shape.at("key"), "key"))] =
          xml_value(one, shape.at("value"), *value);
  return out;
}

// A flattened list or map: its elements stand directly in the structure.
inline Tree xml_flattened(const ProtocolCase& one, const Tree& shape, const XmlNode& node,
                          const std::string& name) {
  const bool is_list = shape.at("type") == "list";
  Tree out;
  for (const XmlNode& element : node.children) {
    if (element.name != name) continue;
    if (is_list) {
      out.push_back(xml_value(one, shape.at("member"), element));
    } else if (const XmlNode* value = element.child(wire_name(shape.at("value"), "value"))) {
      out[element.child_text(wire_name(shape.at("key"), "key"))] =
          xml_value(one, shape.at("value"), *value);
    }
  }
  return out;
}

inline Tree xml_structure(const ProtocolCase& one, const Tree& shape, const XmlNode& node) {
  Tree out = Tree::object();
  const Tree members = shape.value("members", Tree::object());
  for (const auto& [name, reference] : members.items()) {
    if (reference.value("location", "").starts_with("header")) continue;
    const Tree& inner = one.shape(reference);
    const std::string wire = wire_name(reference, name);
    if (reference.value("xmlAttribute", false)) {
      for (const auto& [key, value] : node.attributes)
        if (key == wire) out[name] = xml_scalar(inner, value);
    } else if (reference.value("flattened", inner.value("flattened", false))) {
      if (Tree found = xml_flattened(one, inner, node, wire); !found.is_null())
        out[name] = std::move(found);
    } else if (const XmlNode* child = node.child(wire)) {
      out[name] = xml_value(one, reference, *child);
    }
  }
  return out;
}

}  // namespace certloop::aws
