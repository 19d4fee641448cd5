#include "api/wire_fields.h"

namespace certloop::api {
namespace {

const Words<Truth> kTruths{{"True", "False", "Unknown"}};

}  // namespace

template <>
struct Fields<Condition> {
  static void list(auto& each) {
    using C = Condition;
    each("type", &C::type);
    each("status", &C::status, kTruths);
    each("reason", &C::reason);
    each("message", &C::message);
    each("observedGeneration", &C::observed_generation);
    each("lastTransitionTime", &C::since);
  }
};

void Codec<Condition>::read(const Json& from, Condition& into, Fault& fault) {
  Described<Condition>::read(from, into, fault);
}

Json Codec<Condition>::write(const Condition& condition) {
  return {{"type", condition.type},
          {"status", kTruths.write(condition.status)},
          {"reason", condition.reason},
          {"message", condition.message},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", wire_time(condition.since)}};
}

}  // namespace certloop::api
