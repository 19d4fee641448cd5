#pragma once
// Private to this folder: how values become JSON and back. A type is described once, by Fields<T>,
// and both directions follow from that description, so that no name is spelled twice.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/document.h"
#include "base/result.h"
#include "base/timestamp.h"

namespace certloop::api {

using Json = nlohmann::json;

// The canonical text. What is not UTF-8 should never come so far; if it does, it costs a character,
// not the program.
inline std::string dumped(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Refuses duplicate keys and nesting beyond 64 (SECURITY, "YAML and JSON"). Error: invalid.
Result<Json> parse_strictly(std::string_view text);

// Whole seconds as Kubernetes writes them; milliseconds only where there are some, so that a time
// comes back as it was.
std::string wire_time(Time time);

// Where reading stands, and the first thing that was wrong there. One per read.
class Fault {
 public:
  void enter(std::string_view name) { path_.emplace_back(name); }
  void leave() { path_.pop_back(); }
  // Keeps the first fault only. `wanted`: "a string".
  void wrong(std::string_view wanted, const Json& found);
  const std::string& text() const { return text_; }  // empty: nothing was wrong

 private:
  std::vector<std::string> path_;
  std::string text_;
};

// How a T stands in JSON: read(json, T&, Fault&) and write(const T&).
template <class T>
struct Codec;

// Fields<T>::list(each) calls each(name, member) per field, each(name, member, codec) for one that
// stands on the wire as another type, and each.in(name, [](auto& inner) {...}) for fields that are
// nested on the wire only.
template <class T>
struct Fields;

template <>
struct Codec<std::string> {
  static void read(const Json& from, std::string& into, Fault& fault) {
    if (!from.is_string()) return fault.wrong("a string", from);
    into = from.get_ref<const std::string&>();
  }
  static Json write(const std::string& value) { return value; }
};

template <>
struct Codec<bool> {
  static void read(const Json& from, bool& into, Fault& fault) {
    if (!from.is_boolean()) return fault.wrong("true or false", from);
    into = from.get<bool>();
  }
  static Json write(bool value) { return value; }
};

template <std::signed_integral T>
struct Codec<T> {
  static void read(const Json& from, T& into, Fault& fault) {
    if (!from.is_number_integer()) return fault.wrong("an integer", from);
    into = from.get<T>();
  }
  static Json write(T value) { return value; }
};

template <>
struct Codec<double> {
  static void read(const Json& from, double& into, Fault& fault) {
    if (!from.is_number()) return fault.wrong("a number", from);
    into = from.get<double>();
  }
  // A whole number is written as users write it: 1, not 1.0.
  static Json write(double value) {
    if (value == std::floor(value) && std::abs(value) < 1e15)
      return static_cast<std::int64_t>(value);
    return value;
  }
};

template <>
struct Codec<Time> {
  static void read(const Json& from, Time& into, Fault& fault) {
    const std::optional<Time> time =
        from.is_string() ? parse_rfc3339(from.get_ref<const std::string&>()) : std::nullopt;
    if (!time) return fault.wrong("a time as 2026-11-21T02:03:04Z", from);
    into = *time;
  }
  static Json write(Time value) { return wire_time(value); }
};

template <>
struct Codec<Document> {
  static void read(const Json& from, Document& into, Fault&) {
    into = Document::from_canonical(dumped(from));
  }
  static Json write(const Document& value) { return Json::parse(value.text()); }
};

template <class T>
struct Codec<std::optional<T>> {
  static void read(const Json& from, std::optional<T>& into, Fault& fault) {
    Codec<T>::read(from, into.emplace(), fault);
  }
  static Json write(const std::optional<T>& value) { return Codec<T>::write(*value); }
};

template <class T>
struct Codec<std::vector<T>> {
  static void read(const Json& from, std::vector<T>& into, Fault& fault) {
    if (!from.is_array()) return fault.wrong("a list", from);
    into.clear();
    for (std::size_t i = 0; i < from.size(); ++i) {
      fault.enter(fmt::format("[{}]", i));
      Codec<T>::read(from[i], into.emplace_back(), fault);
      fault.leave();
    }
  }
  static Json write(const std::vector<T>& value) {
    Json out = Json::array();
    for (const T& item : value) out.push_back(Codec<T>::write(item));
    return out;
  }
};

template <class T>
struct Codec<std::map<std::string, T>> {
  static void read(const Json& from, std::map<std::string, T>& into, Fault& fault) {
    if (!from.is_object()) return fault.wrong("a map", from);
    into.clear();
    for (const auto& [name, value] : from.items()) {
      fault.enter(name);
      Codec<T>::read(value, into[name], fault);
      fault.leave();
    }
  }
  static Json write(const std::map<std::string, T>& value) {
    Json out = Json::object();
    for (const auto& [name, item] : value) out[name] = Codec<T>::write(item);
    return out;
  }
};

// A word per value, in the order of the enumeration (false, true for a bool).
template <class T>
struct Words {
  std::vector<std::string_view> words;

  void read(const Json& from, T& into, Fault& fault) const {
    for (std::size_t i = 0; i < words.size() && from.is_string(); ++i)
      if (from.get_ref<const std::string&>() == words[i]) {
        into = static_cast<T>(i);
        return;
      }
    fault.wrong(fmt::format("one of {}", fmt::join(words, ", ")), from);
  }
  Json write(T value) const { return words.at(static_cast<std::size_t>(value)); }
};

// A bool that stands on the wire as an empty object: `defaultChain: {}`.
struct Presence {
  static void read(const Json& from, bool& into, Fault& fault) {
    if (!from.is_object()) return fault.wrong("an object", from);
    into = true;
  }
  static Json write(bool) { return Json::object(); }
};

// Unset fields keep what `into` holds; unknown ones are passed over.
template <class T>
class FieldReader {
 public:
  FieldReader(const Json& from, T& into, Fault& fault) : from_(from), into_(into), fault_(fault) {}

  template <class M, class C = Codec<M>>
  void operator()(const char* name, M T::*member, const C& codec = {}) {
    const auto found = from_.find(name);
    if (found == from_.end() || found->is_null()) return;
    fault_.enter(name);
    codec.read(*found, into_.*member, fault_);
    fault_.leave();
  }

  template <class F>
  void in(const char* name, F&& list) {
    const auto found = from_.find(name);
    if (found == from_.end() || found->is_null()) return;
    fault_.enter(name);
    if (found->is_object()) {
      FieldReader inner(*found, into_, fault_);
      list(inner);
    } else {
      fault_.wrong("an object", *found);
    }
    fault_.leave();
  }

 private:
  const Json& from_;
  T& into_;
  Fault& fault_;
};

// Leaves out what has the type's default value.
template <class T>
class FieldWriter {
 public:
  FieldWriter(const T& from, Json& into) : from_(from), into_(into) {}

  template <class M, class C = Codec<M>>
  void operator()(const char* name, M T::*member, const C& codec = {}) {
    static const T kDefault{};
    if (!(from_.*member == kDefault.*member)) into_[name] = codec.write(from_.*member);
  }

  template <class F>
  void in(const char* name, F&& list) {
    Json nested = Json::object();
    FieldWriter inner(from_, nested);
    list(inner);
    if (!nested.empty()) into_[name] = std::move(nested);
  }

 private:
  const T& from_;
  Json& into_;
};

template <class T>
struct Described {
  static void read(const Json& from, T& into, Fault& fault) {
    if (!from.is_object()) return fault.wrong("an object", from);
    FieldReader<T> reader(from, into, fault);
    Fields<T>::list(reader);
  }
  static Json write(const T& value) {
    Json out = Json::object();
    FieldWriter<T> writer(value, out);
    Fields<T>::list(writer);
    return out;
  }
};

template <class T>
struct Codec : Described<T> {};

}  // namespace certloop::api
