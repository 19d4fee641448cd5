#include "emulator/tagging.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/digest.h"
#include "base/result.h"
#include "base/text.h"
#include "emulator/input_check.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {
namespace {

constexpr Duration kTokenLife = std::chrono::minutes(15);
constexpr std::size_t kResourcesPerPage = 100;
constexpr std::size_t kKeysPerPage = 1000;

// This API spells the message with a capital letter.
AwsError refused(const std::string& code, const std::string& message) {
  return {code, "", 400, {{"Message", message}}};
}
AwsError invalid(const std::string& message) {
  return refused("InvalidParameterException", message);
}

Answer<void> result_of(const InputCheck& check) {
  const Answer<void> result = check.result();
  return result.ok() ? result : invalid(result.error().message);
}

// A token says when its first page was asked for, where to go on, and of which question it is.
std::string token_of(Time asked, const std::string& after, const std::string& question) {
  return to_base64(fmt::format("{} {} {}", millis(asked), sha256_hex(question), after));
}

struct Place {
  Time asked{};
  std::string after;  // empty: from the beginning
};
Answer<Place> place_of(const std::string& token, const std::string& question, Time now) {
  if (token.empty()) return Place{now, ""};
  const std::vector<std::string> parts = split(from_base64(token).value_or(""), ' ');
  std::int64_t asked = 0;
  if (parts.size() < 3 || parts[1] != sha256_hex(question) ||
      std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), asked).ec !=
          std::errc()) {
    return invalid("The PaginationToken is not valid for this request.");
  }
  if (now > from_millis(asked) + kTokenLife) {
    return refused("PaginationTokenExpiredException",
                   "The PaginationToken has expired. Repeat the request without it.");
  }
  const std::vector<std::string> rest(parts.begin() + 2, parts.end());
  return Place{from_millis(asked), join(rest, " ")};
}

// The question without its token: pages of one listing ask the same.
std::string question_of(const Json& input) {
  Json question = input;
  question.erase("PaginationToken");
  return question.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// "acm" means every type of the service, "acm:certificate" the one.
bool matches_type(const std::string& type, const Json& filters) {
  if (filters.empty()) return true;
  return std::any_of(filters.begin(), filters.end(), [&](const Json& filter) {
    const std::string wanted = filter.is_string() ? filter.get<std::string>() : "";
    return type == wanted || type.starts_with(wanted + ":");
  });
}

// All filters must match; a filter matches if the tag has one of its values, or exists if it names
// none.
bool matches_tags(const Tags& tags, const Json& filters) {
  return std::all_of(filters.begin(), filters.end(), [&](const Json& filter) {
    const auto found = tags.find(filter.value("Key", ""));
    if (found == tags.end()) return false;
    const Json values = filter.value("Values", Json::array());
    return values.empty() || std::find(values.begin(), values.end(), found->second) != values.end();
  });
}

Json mapping_of(const TagIndex::Seen& resource) {
  Json tags = Json::array();
  for (const auto& [key, value] : resource.tags) tags.push_back({{"Key", key}, {"Value", value}});
  return {{"ResourceARN", resource.arn}, {"Tags", std::move(tags)}};
}

// One page of words in their order: tag keys and values.
Answer<Json> words_page(const std::set<std::string>& words, const Json& input, const char* member,
                        Time now) {
  InputCheck check(input);
  const std::string token = check.text("PaginationToken", {false, 0, 2048});
  TRY(result_of(check));
  const std::string question = question_of(input) + member;
  const Place place = TRY(place_of(token, question, now));
  Json output = {{member, Json::array()}, {"PaginationToken", ""}};
  for (auto i = token.empty() ? words.begin() : words.upper_bound(place.after); i != words.end();
       ++i) {
    if (output[member].size() == kKeysPerPage) {
      output["PaginationToken"] =
          token_of(place.asked, output[member].back().get<std::string>(), question);
      break;
    }
    output[member].push_back(*i);
  }
  return output;
}

// The service's word in "arn:aws:acm:eu-west-1:123456789012:certificate/...".
std::string service_of(const std::string& arn) {
  const std::vector<std::string> parts = split(arn, ':');
  return parts.size() >= 6 && parts[0] == "arn" ? parts[2] : "";
}

// One entry of FailedResourcesMap.
Json failure_of(const AwsError& error) {
  const bool internal = error.http_status >= 500;
  return {{"StatusCode", error.http_status},
          {"ErrorCode", internal ? "InternalServiceException" : "InvalidParameterException"},
          {"ErrorMessage", error.message}};
}

}  // namespace

TaggingService::TaggingService(World& world)
    : JsonService("ResourceGroupsTaggingAPI_20170126"), world_(world) {
  using Method = Answer<Json> (TaggingService::*)(Call&, const Json&);
  const auto offer = [this](const char* name, bool mutating, double rate, Method method) {
    add({name, mutating, {{rate, 0, ""}}},
        [this, method](Call& call, const Json& input) { return (this->*method)(call, input); });
  };
  offer("GetResources", false, 15, &TaggingService::get_resources);
  offer("TagResources", true, 5, &TaggingService::tag_resources);
  offer("UntagResources", true, 5, &TaggingService::untag_resources);
  offer("GetTagKeys", false, 5, &TaggingService::get_tag_keys);
  offer("GetTagValues", false, 5, &TaggingService::get_tag_values);
}

AwsError TaggingService::throttled() const {
  return refused("ThrottledException", "Rate exceeded");
}

Json TaggingService::dump() const { return Json::object(); }

Answer<Json> TaggingService::get_resources(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string token = check.text("PaginationToken", {false, 0, 2048});
  const Json& tag_filters = check.array("TagFilters", 0, 50);
  for (const Json& filter : tag_filters) {
    check.text_in(filter, "tagFilters.member", "Key", {true, 1, 128});
    if (filter.is_object() && filter.value("Values", Json::array()).size() > 20) {
      check.violated("tagFilters.member.values", filter["Values"],
                     "Member must have length less than or equal to 20");
    }
  }
  const std::int64_t size = check.number("ResourcesPerPage", 1, 100).value_or(kResourcesPerPage);
  const Json& types = check.array("ResourceTypeFilters", 0, 100);
  const Json& arns = check.array("ResourceARNList", 1, 100);
  TRY(result_of(check));
  if (!arns.empty() && (!tag_filters.empty() || !types.empty() || !token.empty() ||
                        input.contains("ResourcesPerPage"))) {
    return invalid(
        "ResourceARNList cannot be combined with ResourcesPerPage, TagFilters, "
        "ResourceTypeFilters or PaginationToken.");
  }
  const std::string question = question_of(input);
  const Place place = TRY(place_of(token, question, call.now));
  Json output = {{"PaginationToken", ""}, {"ResourceTagMappingList", Json::array()}};
  Json& list = output["ResourceTagMappingList"];
  std::uint64_t after = 0;
  std::uint64_t last = 0;
  std::from_chars(place.after.data(), place.after.data() + place.after.size(), after);
  world_.tags.visit(call.account, call.region, call.now, after, [&](const TagIndex::Seen& each) {
    const bool named = arns.empty() || std::find(arns.begin(), arns.end(), each.arn) != arns.end();
    if (!named || !matches_type(each.type, types) || !matches_tags(each.tags, tag_filters)) {
      return true;
    }
    if (list.size() == static_cast<std::size_t>(size)) {
      output["PaginationToken"] = token_of(place.asked, std::to_string(last), question);
      return false;
    }
    list.push_back(mapping_of(each));
    last = each.sequence;
    return true;
  });
  return output;
}

Answer<Json> TaggingService::tag_resources(Call& call, const Json& input) {
  InputCheck check(input);
  const Json& arns = check.array("ResourceARNList", 1, 20, true);
  Tags tags;
  for (const auto& [key, value] : check.object("Tags", true).items()) {
    tags[key] = value.is_string() ? value.get<std::string>() : "";
  }
  TRY(result_of(check));
  if (tags.empty() || tags.size() > 50) return invalid("Tags must have 1 to 50 members.");
  Json failed = Json::object();
  for (const Json& arn : arns) {
    const std::string text = arn.get<std::string>();
    const auto owner = world_.taggable.find(service_of(text));
    const Answer<void> done =
        owner == world_.taggable.end()
            ? AwsError{"InvalidParameterException", fmt::format("{} cannot be tagged.", text)}
            : owner->second->tag(call.account, call.region, text, tags, call.now);
    if (!done.ok()) failed[text] = failure_of(done.error());
  }
  return Json{{"FailedResourcesMap", std::move(failed)}};
}

Answer<Json> TaggingService::untag_resources(Call& call, const Json& input) {
  InputCheck check(input);
  const Json& arns = check.array("ResourceARNList", 1, 20, true);
  std::vector<std::string> keys;
  for (const Json& key : check.array("TagKeys", 1, 50, true)) {
    if (key.is_string()) keys.push_back(key.get<std::string>());
  }
  TRY(result_of(check));
  Json failed = Json::object();
  for (const Json& arn : arns) {
    const std::string text = arn.get<std::string>();
    const auto owner = world_.taggable.find(service_of(text));
    const Answer<void> done =
        owner == world_.taggable.end()
            ? AwsError{"InvalidParameterException", fmt::format("{} cannot be tagged.", text)}
            : owner->second->untag(call.account, call.region, text, keys, call.now);
    if (!done.ok()) failed[text] = failure_of(done.error());
  }
  return Json{{"FailedResourcesMap", std::move(failed)}};
}

Answer<Json> TaggingService::get_tag_keys(Call& call, const Json& input) {
  std::set<std::string> keys;
  world_.tags.visit(call.account, call.region, call.now, 0, [&](const TagIndex::Seen& each) {
    for (const auto& [key, value] : each.tags) keys.insert(key);
    return true;
  });
  return words_page(keys, input, "TagKeys", call.now);
}

Answer<Json> TaggingService::get_tag_values(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string key = check.text("Key", {true, 1, 128});
  TRY(result_of(check));
  std::set<std::string> values;
  world_.tags.visit(call.account, call.region, call.now, 0, [&](const TagIndex::Seen& each) {
    const auto found = each.tags.find(key);
    if (found != each.tags.end()) values.insert(found->second);
    return true;
  });
  return words_page(values, input, "TagValues", call.now);
}

}  // namespace certloop::emulator
