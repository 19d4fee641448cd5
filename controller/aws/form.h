#pragma once
// Requests of the AWS query protocol: name=value pairs in a form-encoded body, where dots in the
// names spell out structures, lists and maps. Also the query strings of the REST protocols.
#include <string>
#include <string_view>
#include <vector>

namespace certloop::aws {

// Not thread-safe. The body may hold tokens: whoever takes it wipes it after sending.
class FormWriter {
 public:
  // Further names begin with "name." until close(). A list is open("Values"), open("member"), then
  // its elements named "1", "2", ...
  void open(std::string_view name);
  void close();
  void text(std::string_view name, std::string_view value);
  std::string take() && { return std::move(out_); }

 private:
  std::string out_;
  std::vector<std::string> open_;
};

// "/2013-04-01/hostedzone/{Id}/rrset" with its label replaced by the percent-encoded value.
std::string with_label(std::string_view path, std::string_view label, std::string_view value);

}  // namespace certloop::aws
