#include "estate/packed_row.h"

#include <array>
#include <cstring>
#include <initializer_list>
#include <utility>

namespace certloop::estate {
namespace {

using Summary = aws::CertificateSummary;

// The fields in the order in which they are packed: one table for both directions.
constexpr std::array kTexts = {
    &Summary::domain_name,         &Summary::status,        &Summary::type,
    &Summary::key_algorithm,       &Summary::serial,        &Summary::issuer,
    &Summary::renewal_eligibility, &Summary::renewal_status};
constexpr std::array kFlags = {&Summary::has_additional_names, &Summary::in_use, &Summary::exported,
                               &Summary::export_enabled};
constexpr std::array kTimes = {&Summary::created_at, &Summary::issued_at,  &Summary::imported_at,
                               &Summary::revoked_at, &Summary::not_before, &Summary::not_after};

template <class T>
void put(std::string& out, const T& value) {
  std::array<char, sizeof(T)> bytes;
  std::memcpy(bytes.data(), &value, sizeof(T));
  out.append(bytes.data(), bytes.size());
}

// Seven bits a byte, the lowest first; the eighth says that more follow.
void put_length(std::string& out, std::size_t length) {
  for (; length >= 0x80; length >>= 7) out.push_back(static_cast<char>(length | 0x80));
  out.push_back(static_cast<char>(length));
}

void put_text(std::string& out, std::string_view text) {
  put_length(out, text.size());
  out.append(text);
}

class Reader {
 public:
  explicit Reader(std::string_view packed) : left_(packed) {}

  template <class T>
  T value() {
    T value;
    std::memcpy(&value, left_.data(), sizeof(T));
    left_.remove_prefix(sizeof(T));
    return value;
  }
  std::size_t length() {
    std::size_t length = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = value<unsigned char>();
      length |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return length;
    }
  }
  std::string text() {
    const std::size_t size = length();
    std::string text(left_.substr(0, size));
    left_.remove_prefix(size);
    return text;
  }

 private:
  std::string_view left_;
};

void put_tags(std::string& out, const std::optional<aws::Tags>& tags) {
  out.push_back(tags ? 1 : 0);
  if (!tags) return;
  put_length(out, tags->size());
  for (const auto& [key, value] : *tags) {
    put_text(out, key);
    put_text(out, value);
  }
}

std::optional<aws::Tags> read_tags(Reader& in) {
  if (in.value<char>() == 0) return std::nullopt;
  aws::Tags tags;
  for (std::size_t left = in.length(); left > 0; --left) {
    std::string key = in.text();
    tags.emplace_hint(tags.end(), std::move(key), in.text());
  }
  return tags;
}

}  // namespace

std::string pack(const Row& row) {
  const Summary& summary = row.summary;
  std::string out;
  out.reserve(768);
  for (const auto field : kTexts) put_text(out, summary.*field);
  put_length(out, summary.subject_alternative_names.size());
  for (const auto& name : summary.subject_alternative_names) put_text(out, name);
  for (const auto field : kFlags) out.push_back(summary.*field ? 1 : 0);
  for (const auto field : kTimes) {
    out.push_back(summary.*field ? 1 : 0);
    if (summary.*field) put(out, *(summary.*field));
  }
  put_tags(out, row.tags);
  put(out, row.asked);
  out.shrink_to_fit();
  return out;
}

Row unpack(std::string_view arn, std::string_view packed) {
  Reader in(packed);
  Row row;
  Summary& summary = row.summary;
  summary.certificate_arn = arn;
  for (const auto field : kTexts) summary.*field = in.text();
  summary.subject_alternative_names.resize(in.length());
  for (auto& name : summary.subject_alternative_names) name = in.text();
  for (const auto field : kFlags) summary.*field = in.value<char>() != 0;
  for (const auto field : kTimes)
    if (in.value<char>() != 0) summary.*field = in.value<Time>();
  row.tags = read_tags(in);
  row.asked = in.value<Instant>();
  return row;
}

}  // namespace certloop::estate
