#include "aws/errors.h"
#include "aws/form.h"
#include "xml_reading.h"

namespace certloop::aws {
namespace {

const NotOurs kNotOurInputs = {{"no operation we call puts a part of its input into the host name",
                                {"AwsQueryEndpointTrait", "AwsQueryEndpointTraitWithHostLabel"}},
                               {"no service we call asks for compressed requests",
                                {"SDKAppliedContentEncoding_awsQuery",
                                 "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery"}},
                               {"tokens are minted by the ledger, never by a client",
                                {"QueryProtocolIdempotencyTokenAutoFill"}}};

void write_value(const ProtocolCase& one, const Tree& reference, const std::string& name,
                 const Tree& value, FormWriter& form);

void write_members(const ProtocolCase& one, const Tree& shape, const Tree& value,
                   FormWriter& form) {
  for (const auto& [name, part] : value.items())
    write_value(one, shape.at("members").at(name), wire_name(shape.at("members").at(name), name),
                part, form);
}

void write_list(const ProtocolCase& one, const Tree& member, const Tree& value, FormWriter& form) {
  int number = 0;
  for (const Tree& element : value)
    write_value(one, member, std::to_string(++number), element, form);
}

void write_map(const ProtocolCase& one, const Tree& shape, const Tree& value, FormWriter& form) {
  int number = 0;
  for (const auto& [key, part] : value.items()) {
    form.open(std::to_string(++number));
    form.text(wire_name(shape.at("key"), "key"), key);
    write_value(one, shape.at("value"), wire_name(shape.at("value"), "value"), part, form);
    form.close();
  }
}

void write_value(const ProtocolCase& one, const Tree& reference, const std::string& name,
                 const Tree& value, FormWriter& form) {
  const Tree& shape = one.shape(reference);
  const std::string type = shape.at("type");
  const bool flattened = reference.value("flattened", shape.value("flattened", false));
  if (type == "list" && value.empty()) {
    form.text(name, "");
  } else if (type == "structure" || type == "list" || type == "map") {
    form.open(name);
    if (type == "structure") write_members(one, shape, value, form);
    if (type != "structure" && !flattened)
      form.open(type == "map" ? "entry" : wire_name(shape.at("member"), "member"));
    if (type == "list") write_list(one, shape.at("member"), value, form);
    if (type == "map") write_map(one, shape, value, form);
    if (type != "structure" && !flattened) form.close();
    form.close();
  } else {
    form.text(name, scalar_text(reference, shape, value));
  }
}

TEST(QueryProtocol, WritesThePublishedRequests) {
  const auto path = published("protocol/input/query.json");
  SKIP_WITHOUT(path);
  for_each_case(path, kNotOurInputs, [](const ProtocolCase& one) {
    const Tree& serialized = one.wanted.at("serialized");
    FormWriter form;
    form.text("Action", one.given.at("name").get<std::string>());
    form.text("Version", one.metadata.at("apiVersion").get<std::string>());
    if (one.given.contains("input"))
      write_members(one, one.shape(one.given.at("input")),
                    one.wanted.value("params", Tree::object()), form);
    Call call;
    call.operation = one.given.at("name");
    call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    call.body = std::move(form).take();
    const net::HttpRequest request =
        sent_request("sts", serialized.value("host", ""), std::move(call));
    expect_sent(request, serialized);
    EXPECT_EQ(parts_of(request.body), parts_of(serialized.at("body").get<std::string>()));
  });
}

TEST(QueryProtocol, ReadsThePublishedResponses) {
  const auto path = published("protocol/output/query.json");
  SKIP_WITHOUT(path);
  for_each_case(path, {}, [](const ProtocolCase& one) {
    const net::HttpResponse response = response_of(one.wanted);
    const std::string operation = one.given.at("name");
    if (one.wanted.contains("errorCode")) {
      const Error error = refusal({"sts", operation, "us-east-1"}, response);
      ASSERT_TRUE(error.answer());
      EXPECT_EQ(error.answer()->code, one.wanted.at("errorCode"));
      EXPECT_EQ(error.answer()->request_id, "foo-id");
      EXPECT_NE(error.message().find(one.wanted.value("errorMessage", "")), std::string::npos);
      return;
    }
    if (!one.given.contains("output")) return;
    Tree found = Tree::object();
    if (!response.body.empty()) {
      const auto root = parse_xml(response.body);
      ASSERT_TRUE(root.ok()) << root.error().message();
      const XmlNode* result = root->child(operation + "Result");
      if (result != nullptr) found = xml_value(one, one.given.at("output"), *result);
    }
    EXPECT_EQ(nlohmann::json(found), nlohmann::json(one.wanted.value("result", Tree::object())));
  });
}

}  // namespace
}  // namespace certloop::aws
