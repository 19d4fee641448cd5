#include <algorithm>

#include "aws/errors.h"
#include "aws/form.h"
#include "xml_reading.h"

namespace certloop::aws {
namespace {

const char* const kHeaders = "no operation we call binds members to headers of that kind";
const char* const kRaw = "no operation we call has a payload that is not XML";

const NotOurs kNotOurInputs = {
    {"no operation we call puts a part of its input into the host name",
     {"RestXmlEndpointTrait", "RestXmlEndpointTraitWithHostLabelAndHttpBinding",
      "RestXmlEndpointTraitWithHostLabel"}},
    {"no service we call asks for compressed requests",
     {"SDKAppliedContentEncoding_restXml", "SDKAppendedGzipAfterProvidedEncoding_restXml"}},
    {"tokens are minted by the ledger, never by a client", {"QueryIdempotencyTokenAutoFill"}},
    {"no path of ours has a label that spans slashes", {"HttpRequestWithGreedyLabelInPath"}},
    {"no operation we call sends maps in its query string",
     {"RestXmlQueryStringMap", "RestXmlQueryParamsStringListMap", "RestXmlQueryPrecedence"}},
    {kRaw,
     {"RestXmlEnumPayloadRequest", "HttpPayloadTraitsWithBlob", "HttpPayloadTraitsWithNoBlobBody",
      "RestXmlStringPayloadRequest"}},
    {kHeaders,
     {"HttpPrefixHeadersArePresent", "HttpPrefixHeadersAreNotPresent", "HttpPrefixEmptyHeaders",
      "InputAndOutputWithStringHeaders", "InputAndOutputWithNumericHeaders",
      "InputAndOutputWithBooleanHeaders", "InputAndOutputWithTimestampHeaders",
      "InputAndOutputWithEnumHeaders", "RestXmlSupportsNaNFloatHeaderInputs",
      "RestXmlSupportsInfinityFloatHeaderInputs",
      "RestXmlSupportsNegativeInfinityFloatHeaderInputs", "NullAndEmptyHeaders",
      "TimestampFormatHeaders"}}};

XmlAttributes namespace_of(const Tree& holder) {
  if (!holder.contains("xmlNamespace")) return {};
  const Tree& space = holder.at("xmlNamespace");
  if (space.is_string()) return {{"xmlns", space}};
  const std::string prefix = space.value("prefix", "");
  return {{prefix.empty() ? "xmlns" : "xmlns:" + prefix, space.at("uri")}};
}

void write_value(const ProtocolCase& one, const Tree& reference, const std::string& name,
                 const Tree& value, XmlWriter& xml);

void write_entry(const ProtocolCase& one, const Tree& shape, const std::string& element,
                 const std::string& key, const Tree& value, XmlWriter& xml) {
  xml.open(element);
  xml.text(wire_name(shape.at("key"), "key"), key, namespace_of(shape.at("key")));
  write_value(one, shape.at("value"), wire_name(shape.at("value"), "value"), value, xml);
  xml.close();
}

void write_structure(const ProtocolCase& one, const Tree& reference, const std::string& name,
                     const Tree& value, XmlWriter& xml) {
  const Tree& shape = one.shape(reference);
  XmlAttributes attributes = namespace_of(reference.contains("xmlNamespace") ? reference : shape);
  for (const auto& [key, part] : value.items())
    if (const Tree& inner = shape.at("members").at(key); inner.value("xmlAttribute", false))
      attributes.emplace_back(wire_name(inner, key), part.get<std::string>());
  xml.open(name, attributes);
  for (const auto& [key, part] : value.items()) {
    const Tree& inner = shape.at("members").at(key);
    if (!inner.value("xmlAttribute", false) && !inner.contains("location"))
      write_value(one, inner, wire_name(inner, key), part, xml);
  }
  xml.close();
}

void write_value(const ProtocolCase& one, const Tree& reference, const std::string& name,
                 const Tree& value, XmlWriter& xml) {
  const Tree& shape = one.shape(reference);
  const std::string type = shape.at("type");
  const bool flattened = reference.value("flattened", shape.value("flattened", false));
  if (type == "structure") return write_structure(one, reference, name, value, xml);
  if (type != "list" && type != "map")
    return xml.text(name, scalar_text(reference, shape, value), namespace_of(reference));
  if (!flattened) xml.open(name, namespace_of(reference));
  if (type == "list") {
    const std::string element = flattened ? name : wire_name(shape.at("member"), "member");
    for (const Tree& part : value) write_value(one, shape.at("member"), element, part, xml);
  } else {
    for (const auto& [key, part] : value.items())
      write_entry(one, shape, flattened ? name : "entry", key, part, xml);
  }
  if (!flattened) xml.close();
}

// What goes into path, query and headers; true if something is left for the body.
bool write_bindings(const ProtocolCase& one, const Tree& shape, const Tree& params, Call& call) {
  FormWriter query;
  bool has_body = false;
  for (const auto& [name, value] : params.items()) {
    const Tree& reference = shape.at("members").at(name);
    const std::string location = reference.value("location", "");
    const std::string wire = wire_name(reference, name);
    if (value.is_null()) continue;
    if (location.empty()) has_body = true;
    const auto as_text = [&](const Tree& holder, const Tree& part) {
      return scalar_text(holder, one.shape(holder), part);
    };
    if (location == "uri") call.path = with_label(call.path, wire, as_text(reference, value));
    if (location == "header") call.headers.emplace_back(wire, as_text(reference, value));
    if (location != "querystring") continue;
    if (value.is_array())
      for (const Tree& part : value)
        query.text(wire, as_text(one.shape(reference).at("member"), part));
    else
      query.text(wire, as_text(reference, value));
  }
  const std::string more = std::move(query).take();
  call.query += (call.query.empty() || more.empty() ? "" : "&") + more;
  return has_body;
}

// A payload's element: the member's own name for it, else the shape's.
std::string root_name(const ProtocolCase& one, const Tree& reference, const std::string& member) {
  const std::string own = wire_name(reference, member);
  if (own != member) return own;
  return one.shape(reference).value("locationName", reference.at("shape").get<std::string>());
}

Call call_for(const ProtocolCase& one) {
  Call call;
  call.operation = one.given.at("name");
  call.method = one.given.at("http").at("method");
  const std::string uri = one.given.at("http").at("requestUri");
  call.path = uri.substr(0, uri.find('?'));
  if (uri.find('?') != std::string::npos) call.query = uri.substr(uri.find('?') + 1);
  if (!one.given.contains("input")) return call;

  const Tree& input = one.given.at("input");
  const Tree& shape = one.shape(input);
  const Tree params = one.wanted.value("params", Tree::object());
  if (!write_bindings(one, shape, params, call)) return call;
  XmlWriter xml;
  if (const std::string payload = shape.value("payload", ""); !payload.empty()) {
    if (!params.contains(payload)) return call;
    const Tree& reference = shape.at("members").at(payload);
    write_value(one, reference, root_name(one, reference, payload), params.at(payload), xml);
  } else {
    write_value(one, input,
                shape.value("locationName", wire_name(input, input.at("shape").get<std::string>())),
                params, xml);
  }
  call.headers.emplace_back("Content-Type", "application/xml");
  call.body = std::move(xml).take();
  return call;
}

// Order matters among equal names only: those are the elements of lists.
void settle(XmlNode& node) {
  if (!node.children.empty()) node.text.clear();
  std::sort(node.attributes.begin(), node.attributes.end());
  std::stable_sort(node.children.begin(), node.children.end(),
                   [](const XmlNode& a, const XmlNode& b) { return a.name < b.name; });
  for (XmlNode& child : node.children) settle(child);
}

std::string drawn(const XmlNode& node) {
  std::string out = "<" + node.name;
  for (const auto& [name, value] : node.attributes) out += " " + name + "='" + value + "'";
  out += ">" + node.text;
  for (const XmlNode& child : node.children) out += drawn(child);
  return out + "</>";
}

std::string settled(const std::string& document) {
  if (trim(document).empty()) return "";
  auto root = parse_xml(document);
  if (!root.ok()) return root.error().message();
  settle(*root);
  return drawn(*root);
}

TEST(RestXmlProtocol, WritesThePublishedRequests) {
  const auto path = published("protocol/input/rest-xml.json");
  SKIP_WITHOUT(path);
  for_each_case(path, kNotOurInputs, [](const ProtocolCase& one) {
    const Tree& serialized = one.wanted.at("serialized");
    const net::HttpRequest request =
        sent_request("route53", serialized.value("host", ""), call_for(one));
    expect_sent(request, serialized);
    EXPECT_EQ(settled(request.body), settled(serialized.value("body", "")));
  });
}

const NotOurs kNotOurOutputs = {
    {"no answer we read has a member for its status", {"RestXmlHttpResponseCode"}},
    {kRaw,
     {"RestXmlEnumPayloadResponse", "HttpPayloadTraitsWithBlob", "HttpPayloadTraitsWithNoBlobBody",
      "RestXmlStringPayloadResponse"}},
    {kHeaders,
     {"HttpPrefixHeadersArePresent", "HttpPrefixHeadersAreNotPresent",
      "InputAndOutputWithStringHeaders", "InputAndOutputWithNumericHeaders",
      "InputAndOutputWithBooleanHeaders", "InputAndOutputWithTimestampHeaders",
      "InputAndOutputWithEnumHeaders", "RestXmlSupportsNaNFloatHeaderOutputs",
      "RestXmlSupportsInfinityFloatHeaderOutputs",
      "RestXmlSupportsNegativeInfinityFloatHeaderOutputs", "TimestampFormatHeaders"}}};

Tree read_response(const ProtocolCase& one, const net::HttpResponse& response) {
  const Tree& shape = one.shape(one.given.at("output"));
  Tree out = Tree::object();
  const Tree members = shape.value("members", Tree::object());
  for (const auto& [name, reference] : members.items())
    if (reference.value("location", "") == "header")
      if (const auto value = net::header(response.headers, wire_name(reference, name)))
        out[name] = *value;
  if (response.body.empty()) return out;
  const auto root = parse_xml(response.body);
  EXPECT_TRUE(root.ok()) << response.body;
  if (!root.ok()) return out;
  if (const std::string payload = shape.value("payload", ""); !payload.empty())
    out[payload] = xml_value(one, shape.at("members").at(payload), *root);
  else
    out.update(xml_structure(one, shape, *root));
  return out;
}

TEST(RestXmlProtocol, ReadsThePublishedResponses) {
  const auto path = published("protocol/output/rest-xml.json");
  SKIP_WITHOUT(path);
  for_each_case(path, kNotOurOutputs, [](const ProtocolCase& one) {
    const net::HttpResponse response = response_of(one.wanted);
    if (one.wanted.contains("errorCode")) {
      const Error error = refusal({"route53", one.given.at("name"), "us-east-1"}, response);
      ASSERT_TRUE(error.answer());
      EXPECT_EQ(error.answer()->code, one.wanted.at("errorCode"));
      EXPECT_NE(error.message().find(one.wanted.value("errorMessage", "")), std::string::npos);
      return;
    }
    if (!one.given.contains("output")) return;
    EXPECT_EQ(nlohmann::json(read_response(one, response)),
              nlohmann::json(one.wanted.value("result", Tree::object())));
  });
}

}  // namespace
}  // namespace certloop::aws
