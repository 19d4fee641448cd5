#include "aws/answer_json.h"
#include "aws/errors.h"
#include "protocol_suite.h"

namespace certloop::aws {
namespace {

const NotOurs kNotOurInputs = {{"no operation we call puts a part of its input into the host name",
                                {"AwsJson11EndpointTrait", "AwsJson11EndpointTraitWithHostLabel"}},
                               {"no service we call asks for compressed requests",
                                {"SDKAppliedContentEncoding_awsJson1_1",
                                 "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1"}},
                               {"no member we send holds JSON within a string",
                                {"serializes_string_shapes_with_jsonvalue_trait"}}};

Json wire_value(const ProtocolCase& one, const Tree& reference, const Tree& value) {
  const Tree& shape = one.shape(reference);
  const std::string type = shape.at("type");
  if (type == "structure" && !shape.value("document", false)) {
    Json object = Json::object();
    for (const auto& [name, part] : value.items()) {
      const Tree& inner = shape.at("members").at(name);
      if (!part.is_null()) object[wire_name(inner, name)] = wire_value(one, inner, part);
    }
    return object;
  }
  if (type == "list") {
    Json list = Json::array();
    for (const Tree& element : value) list.push_back(wire_value(one, shape.at("member"), element));
    return list;
  }
  if (type == "map") {
    Json map = Json::object();
    for (const auto& [key, part] : value.items())
      map[key] = wire_value(one, shape.at("value"), part);
    return map;
  }
  if (type == "blob") return to_base64(value.get<std::string>());
  if (type == "timestamp") {
    const std::string format = format_of(reference, shape, "unixTimestamp");
    if (format != "unixTimestamp") return scalar_text(reference, shape, value);
  }
  return Json::parse(value.dump());
}

TEST(JsonProtocol, WritesThePublishedRequests) {
  const auto path = published("protocol/input/json.json");
  SKIP_WITHOUT(path);
  for_each_case(path, kNotOurInputs, [](const ProtocolCase& one) {
    const Tree& serialized = one.wanted.at("serialized");
    World world;
    ClientSettings settings = world.settings();
    settings.endpoint_url = "https://example.com";
    const Client client("JsonProtocol", settings);
    Json input;
    if (one.given.contains("input"))
      input = wire_value(one, one.given.at("input"), one.wanted.value("params", Tree::object()));
    auto call = json_call(client, one.given.at("name"), input);
    ASSERT_TRUE(call.ok());
    const net::HttpRequest request =
        sent_request("JsonProtocol", serialized.value("host", ""), std::move(*call));
    expect_sent(request, serialized);
    EXPECT_EQ(Json::parse(request.body), Json::parse(serialized.value("body", "{}")));
  });
}

const NotOurs kNotOurOutputs = {};

Tree real_tree(std::optional<double> value) {
  if (!value) return nullptr;
  if (std::isnan(*value)) return "NaN";
  if (std::isinf(*value)) return *value > 0 ? "Infinity" : "-Infinity";
  return *value;
}

// The value of `name` in `object`, read as the clients read theirs; null for none.
Tree read_value(const ProtocolCase& one, const Tree& reference, const Json& object,
                const char* name) {
  const Tree& shape = one.shape(reference);
  const std::string type = shape.at("type");
  const Json& found = member(object, name);
  if (found.is_null()) return nullptr;
  if (type == "structure" && !shape.value("document", false)) {
    Tree out = Tree::object();
    const Tree members = shape.value("members", Tree::object());
    for (const auto& [key, inner] : members.items()) {
      Tree part = read_value(one, inner, found, wire_name(inner, key).c_str());
      if (!part.is_null()) out[key] = std::move(part);
    }
    return out;
  }
  if (type == "list") {
    Tree out = Tree::array();
    for (const Json& element : found)
      out.push_back(read_value(one, shape.at("member"), {{"element", element}}, "element"));
    return out;
  }
  if (type == "map") {
    Tree out = Tree::object();
    for (const auto& [key, part] : found.items())
      out[key] = read_value(one, shape.at("value"), found, key.c_str());
    return out;
  }
  if (type == "string") return text(object, name);
  if (type == "boolean") return boolean(object, name);
  if (type == "integer" || type == "long") return integer(object, name);
  if (type == "float" || type == "double") return real_tree(real(object, name));
  if (type == "blob") return from_base64(text(object, name)).value();
  if (type == "timestamp") {
    const auto moment = time(object, name);
    return moment ? Tree(static_cast<double>(moment->time_since_epoch().count()) / 1000) : Tree();
  }
  return Tree::parse(found.dump());
}

TEST(JsonProtocol, ReadsThePublishedResponses) {
  const auto path = published("protocol/output/json.json");
  SKIP_WITHOUT(path);
  for_each_case(path, kNotOurOutputs, [](const ProtocolCase& one) {
    const net::HttpResponse response = response_of(one.wanted);
    if (one.wanted.contains("errorCode")) {
      const Error error = refusal({"JsonProtocol", one.given.at("name"), "us-east-1"}, response);
      ASSERT_TRUE(error.answer());
      EXPECT_EQ(error.answer()->code, one.wanted.at("errorCode"));
      EXPECT_NE(error.message().find(one.wanted.value("errorMessage", "")), std::string::npos);
      return;
    }
    const auto body = parse_json(response.body);
    ASSERT_TRUE(body.ok()) << body.error().message();
    if (!one.given.contains("output")) return;
    const Json whole = {{"output", *body}};
    EXPECT_EQ(Json(read_value(one, one.given.at("output"), whole, "output")),
              Json(one.wanted.value("result", Tree::object())));
  });
}

TEST(ReadRows, HandsOutEachRowOfTheNamedListAndTheToken) {
  const std::string body = R"({"Other":[{"Rows":[1]}],"Rows":[{"a":{"b":[1,{"c":null}]}},[2,[3]],
      {}],"Nested":{"NextToken":"no"},"NextToken":"t\u00e9"})";
  std::vector<std::string> rows;
  const auto token = read_rows(body, "Rows", "NextToken", [&](const Json& row) -> Result<bool> {
    rows.push_back(row.dump());
    return true;
  });
  ASSERT_TRUE(token.ok()) << token.error().message();
  EXPECT_EQ(*token, "t\xc3\xa9");
  EXPECT_EQ(rows, (std::vector<std::string>{R"({"a":{"b":[1,{"c":null}]}})", "[2,[3]]", "{}"}));
}

TEST(ReadRows, EndsWithTheErrorOfARow) {
  const auto token = read_rows(R"({"Rows":[{},{}]})", "Rows", "T", [](const Json&) -> Result<bool> {
    return Error(Code::cancelled, "enough");
  });
  EXPECT_EQ(token.error().code(), Code::cancelled);
}

}  // namespace
}  // namespace certloop::aws
