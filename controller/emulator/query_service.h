#pragma once
// The AWS Query protocol (STS, IAM): a form with Action in, XML out. Private to this folder's .cpp
// files.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/service.h"

namespace certloop::emulator {

// Its derived class fills the table in its constructor, as with JsonService. A handler answers the
// XML inside <...Result>.
class QueryService : public Service {
 public:
  using Form = std::map<std::string, std::string>;
  using Handler = std::function<Answer<std::string>(Call& call, const Form& form)>;

  std::string_view signing_name() const final { return signing_name_; }
  const Operation* operation_of(const net::HttpRequest& request) const final;
  Reply perform(Call& call, const Operation& operation) final;
  net::HttpResponse refusal(const AwsError& error, const std::string& request_id) const final;
  Json request_json(const net::HttpRequest& request) const final;
  AwsError throttled() const override { return {"Throttling", "Rate exceeded"}; }

 protected:
  QueryService(std::string signing_name, std::string xml_namespace)
      : signing_name_(std::move(signing_name)), xml_namespace_(std::move(xml_namespace)) {}
  void add(Operation operation, Handler handler);

 private:
  struct Entry {
    Operation operation;
    Handler handler;
  };
  const std::string signing_name_, xml_namespace_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

// The value of that name; empty if there is none.
std::string field(const QueryService::Form& form, const std::string& name);
// <name>text</name>, escaped.
std::string element(std::string_view name, std::string_view text);
// ValidationError in the words of AWS's front end; an empty value is shown as null.
AwsError violates(const std::string& value, std::string_view member, const std::string& rule);

}  // namespace certloop::emulator
