#include "ledger/found.h"

#include "base/text.h"

namespace certloop::ledger {
namespace {

std::string or_nothing(const std::string& value) { return value.empty() ? "nothing" : value; }

std::string sentence_of(const api::Difference& row) {
  // Of the object as a whole: what was found says it all ("no certificate", "REVOKED").
  if (row.path.empty())
    return "found: " + or_nothing(row.found) +
           (row.spec.empty() ? "" : ", the spec asks for " + row.spec);
  return row.path + " is " + or_nothing(row.found) + ", the spec says " + or_nothing(row.spec);
}

}  // namespace

std::string as_found(const std::vector<api::Difference>& differences) {
  std::vector<std::string> sentences;
  for (const auto& row : differences) sentences.push_back(sentence_of(row));
  return join(sentences, "; ");
}

}  // namespace certloop::ledger
