// Each file of manifests/crd against what the API server of Kubernetes demands of a
// CustomResourceDefinition, and against the house rules of KINDS.md and the API conventions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "base/text.h"
#include "schema/checker.h"
#include "schema/description.h"
#include "schema/embedded.h"
#include "tests/unit/schema/objects.h"

namespace certloop::schema {
namespace {

using api::Kind;
using testing::IsEmpty;

constexpr Kind kCustom[] = {Kind::account, Kind::certificate_authority, Kind::certificate,
                            Kind::placement, Kind::hosted_zone, Kind::zone_record};

Node file_of(Kind kind) {
  for (const EmbeddedFile& file : embedded_files())
    if (file.name == api::info_of(kind).plural) return read_single_document(file.text).value();
  ADD_FAILURE() << "no description of " << api::info_of(kind).name;
  return {};
}

const Node& at(const Node& node, std::initializer_list<std::string_view> path) {
  const Node* found = &node;
  for (const std::string_view name : path) {
    found = name == "0" ? &found->items.at(0) : found->find(name);
    if (found == nullptr) throw std::out_of_range(std::string(name));
  }
  return *found;
}

const Node& schema_in(const Node& file) {
  return at(file, {"spec", "versions", "0", "schema", "openAPIV3Schema"});
}

// Every schema below `schema`, with its path.
void walk(const Node& schema, const std::string& path,
          const std::function<void(const Node&, const std::string&)>& visit) {
  visit(schema, path);
  if (const Node* properties = schema.find("properties"))
    for (const Node& property : properties->items) walk(property, path + "." + property.key, visit);
  if (const Node* items = schema.find("items")) walk(*items, path + "[]", visit);
  if (const Node* values = schema.find("additionalProperties")) walk(*values, path + ".*", visit);
}

void each_schema(const std::function<void(const Node&, const std::string&)>& visit) {
  for (const Kind kind : kCustom) {
    const Node file = file_of(kind);
    walk(schema_in(file), std::string(api::info_of(kind).name), visit);
  }
}

TEST(Crd, AllDescriptionsCanBeRead) {
  const auto checked = check_descriptions();
  EXPECT_TRUE(checked.ok()) << checked.error().message();
}

TEST(Crd, NamesAgreeWithTheKinds) {
  for (const Kind kind : kCustom) {
    const Node file = file_of(kind);
    const api::KindInfo& info = api::info_of(kind);
    EXPECT_EQ(at(file, {"apiVersion"}).text, "apiextensions.k8s.io/v1");
    EXPECT_EQ(at(file, {"kind"}).text, "CustomResourceDefinition");
    EXPECT_EQ(at(file, {"metadata", "name"}).text, std::string(info.plural) + ".certloop.dev");
    const Node& spec = at(file, {"spec"});
    EXPECT_EQ(at(spec, {"group"}).text, "certloop.dev");
    EXPECT_EQ(at(spec, {"scope"}).text, "Namespaced");
    EXPECT_EQ(at(spec, {"names", "kind"}).text, info.name);
    EXPECT_EQ(at(spec, {"names", "plural"}).text, info.plural);
    EXPECT_EQ(at(spec, {"names", "singular"}).text, lower(info.name));
    EXPECT_EQ(at(spec, {"names", "listKind"}).text, std::string(info.name) + "List");
    const Node* categories = at(spec, {"names"}).find("categories");
    EXPECT_EQ(categories == nullptr ? "" : categories->items.at(0).text,
              info.in_categories ? "certloop" : "");
    const Node* short_names = at(spec, {"names"}).find("shortNames");
    EXPECT_EQ(short_names == nullptr ? "" : short_names->items.at(0).text, info.short_name);
    EXPECT_EQ(at(spec, {"versions", "0", "name"}).text, "v1alpha1");
    EXPECT_EQ(at(spec, {"versions", "0", "served"}).text, "true");
    EXPECT_EQ(at(spec, {"versions", "0", "storage"}).text, "true");
    EXPECT_NE(at(spec, {"versions", "0", "subresources"}).find("status"), nullptr);
  }
}

// kubernetes.io, "Specifying a structural schema".
TEST(Crd, SchemasAreStructural) {
  const std::set<std::string> known = {"additionalProperties",
                                       "default",
                                       "description",
                                       "enum",
                                       "format",
                                       "items",
                                       "maxItems",
                                       "maxLength",
                                       "maxProperties",
                                       "maximum",
                                       "minItems",
                                       "minLength",
                                       "minProperties",
                                       "minimum",
                                       "pattern",
                                       "properties",
                                       "required",
                                       "type",
                                       "x-kubernetes-list-map-keys",
                                       "x-kubernetes-list-type",
                                       "x-kubernetes-preserve-unknown-fields",
                                       "x-kubernetes-validations"};
  each_schema([&](const Node& schema, const std::string& path) {
    ASSERT_NE(schema.find("type"), nullptr) << path;
    const std::string type = schema.find("type")->text;
    for (const Node& keyword : schema.items)
      EXPECT_TRUE(known.contains(keyword.key)) << path << ": " << keyword.key;
    const bool has_fields = schema.find("properties") != nullptr;
    const bool has_values = schema.find("additionalProperties") != nullptr;
    EXPECT_FALSE(has_fields && has_values) << path << ": fields and free keys exclude one another";
    EXPECT_TRUE(type == "object" || (!has_fields && !has_values)) << path;
    EXPECT_EQ(type == "array", schema.find("items") != nullptr) << path;
    const Node* required = schema.find("required");
    for (const Node& name : required == nullptr ? std::vector<Node>() : required->items)
      EXPECT_TRUE(has_fields && schema.find("properties")->find(name.text) != nullptr)
          << path << ": requires " << name.text << ", which is no field";
  });
}

// The API server takes of metadata only limits of name and generateName.
TEST(Crd, LimitsNothingOfTheMetadataButTheName) {
  for (const Kind kind : kCustom) {
    const Node file = file_of(kind);
    const Node& metadata = at(schema_in(file), {"properties", "metadata"});
    for (const Node& keyword : metadata.items)
      EXPECT_TRUE(keyword.key == "type" || keyword.key == "properties") << keyword.key;
    for (const Node& field : at(metadata, {"properties"}).items) EXPECT_EQ(field.key, "name");
  }
}

TEST(Crd, EveryListSaysHowItMergesAndHowLongItMayBe) {
  each_schema([](const Node& schema, const std::string& path) {
    if (schema.find("type")->text != "array") return;
    EXPECT_NE(schema.find("maxItems"), nullptr) << path;
    const Node* type = schema.find("x-kubernetes-list-type");
    ASSERT_NE(type, nullptr) << path;
    const Node& items = *schema.find("items");
    const std::string item_type = items.find("type")->text;
    EXPECT_FALSE(type->text == "set" && item_type == "object") << path;
    if (type->text != "map") return;
    EXPECT_EQ(item_type, "object") << path;
    for (const Node& key : at(schema, {"x-kubernetes-list-map-keys"}).items) {
      const Node* field = at(items, {"properties"}).find(key.text);
      ASSERT_NE(field, nullptr) << path << " " << key.text;
      bool required = field->find("default") != nullptr;
      if (const Node* names = items.find("required"))
        for (const Node& name : names->items) required |= name.text == key.text;
      EXPECT_TRUE(required) << path << ": the key " << key.text << " must be required";
    }
  });
}

TEST(Crd, EveryTextAndEveryMapHasABound) {
  each_schema([](const Node& schema, const std::string& path) {
    const std::string type = schema.find("type")->text;
    const bool is_name = path.ends_with(".apiVersion") || path.ends_with(".kind");
    const bool is_bound = schema.find("maxLength") != nullptr || schema.find("enum") != nullptr;
    EXPECT_TRUE(type != "string" || is_name || is_bound) << path;
    const bool is_map = schema.find("additionalProperties") != nullptr;
    EXPECT_TRUE(!is_map || schema.find("maxProperties") != nullptr) << path;
  });
}

TEST(Crd, EveryFieldIsExplained) {
  each_schema([](const Node& schema, const std::string& path) {
    const bool is_item = path.ends_with("[]") || path.ends_with(".*");
    if (is_item || path.find(".metadata") != std::string::npos) return;
    ASSERT_NE(schema.find("description"), nullptr) << path;
    EXPECT_TRUE(schema.find("description")->text.ends_with('.')) << path;
  });
}

// Defaults must be valid against their own schema: the API server refuses others.
void check_default(const Field& field, const std::string& path) {
  if (field.default_value != nullptr) {
    Checker checker("test");
    checker.check(field, *field.default_value, nullptr, Place{});
    EXPECT_THAT(checker.take_faults(), IsEmpty()) << path;
  }
  for (const auto& [name, child] : field.properties) check_default(child, path + "." + name);
  if (field.items != nullptr) check_default(*field.items, path + "[]");
  if (field.values != nullptr) check_default(*field.values, path + ".*");
}

TEST(Crd, DefaultsAreValid) {
  for (const Kind kind : kCustom)
    check_default(field_of(kind), std::string(api::info_of(kind).name));
}

// A rule must point to a field that exists, and say what is wrong and what to do.
TEST(Crd, RulesPointToFieldsThatExist) {
  each_schema([](const Node& schema, const std::string& path) {
    const Node* rules = schema.find("x-kubernetes-validations");
    if (rules == nullptr) return;
    for (const Node& rule : rules->items) {
      EXPECT_THAT(rule.find("message")->text, testing::HasSubstr("; ")) << path;
      const Node* reason = rule.find("reason");
      EXPECT_TRUE(reason == nullptr || reason->text == "FieldValueRequired" ||
                  reason->text == "FieldValueForbidden");
      const Node* field_path = rule.find("fieldPath");
      const Node* field = &schema;
      if (field_path != nullptr)
        for (const std::string& name : split(field_path->text, '.'))
          if (!name.empty()) field = field->find("properties")->find(name);
      EXPECT_NE(field, nullptr) << path << (field_path == nullptr ? "" : field_path->text);
    }
  });
}

// What is marked as not built exists in the schema, or reading it would have failed; and the three
// kinds that users write mark some.
TEST(Crd, MarksWhatIsNotBuilt) {
  const auto not_built = [](Kind kind, std::string_view path) {
    return find_field(kind, path)->not_built.has_value();
  };
  EXPECT_TRUE(not_built(Kind::account, "spec.discovery"));
  EXPECT_TRUE(not_built(Kind::certificate_authority, "spec.vault"));
  EXPECT_TRUE(not_built(Kind::certificate, "spec.targets"));
  EXPECT_FALSE(not_built(Kind::certificate, "spec.tags"));
}

TEST(Crd, RefusesToReadWhatItCannotEvaluate) {
  const auto reading = [](const std::string& schema, const std::string& more = "") {
    const auto read = read_description(
        "metadata:\n  annotations:\n    certloop.dev/not-built: |\n      " + more +
        "\nspec:\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema: " + schema + "\n");
    return read.ok() ? std::string() : read.error().message();
  };
  EXPECT_EQ(reading("{type: object}"), "");
  EXPECT_THAT(reading("{type: object, oneOf: []}"), testing::HasSubstr("'oneOf' is not evaluated"));
  EXPECT_THAT(reading("{properties: {}}"), testing::HasSubstr("has no type"));
  EXPECT_THAT(reading("{type: array}"), testing::HasSubstr("is a list of nothing"));
  EXPECT_THAT(reading("{type: text}"), testing::HasSubstr("type 'text' is not known"));
  EXPECT_THAT(reading("{type: string, pattern: '['}"), testing::HasSubstr("cannot be read"));
  EXPECT_THAT(reading("{type: object, x-kubernetes-validations: [{rule: 'self.x()', message: 'a; "
                      "b'}]}"),
              testing::HasSubstr("cannot be evaluated here"));
  EXPECT_THAT(reading("{type: object}", "spec.nothing: leave it out"),
              testing::HasSubstr("there is no field spec.nothing"));
}

}  // namespace
}  // namespace certloop::schema
