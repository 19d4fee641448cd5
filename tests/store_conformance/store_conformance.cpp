#include "store_conformance.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace certloop::store {

using nlohmann::json;

api::Object StoreConformance::made(const api::Object& object) {
  auto result = store().create(object);
  if (!result) throw std::runtime_error(result.error().message());
  return *result;
}

api::Object StoreConformance::applied(const api::Object& object, const std::string& manager) {
  auto result = store().apply(object, {.manager = manager, .force = false, .dry_run = false});
  if (!result) throw std::runtime_error(result.error().message());
  return *result;
}

api::Object StoreConformance::live(const api::Key& key) {
  auto result = store().get(key);
  if (!result) throw std::runtime_error(result.error().message());
  return *result;
}

std::vector<std::string> StoreConformance::names(const Selector& selector) {
  auto listing = store().list(selector);
  if (!listing) throw std::runtime_error(listing.error().message());
  std::vector<std::string> found;
  for (const auto& object : listing->objects) found.push_back(object.meta.name);
  return found;
}

std::vector<Event> StoreConformance::polled(Watch& watch) {
  auto events = watch.poll();
  if (!events) throw std::runtime_error(events.error().message());
  return *events;
}

api::Document document(const std::string& text) {
  return api::Document::from_canonical(json::parse(text).dump());
}

api::Object certificate(const std::string& name, const std::string& more) {
  json spec = {{"domainName", name + ".example.com"},
               {"accountRef", {{"name", "prod"}}},
               {"region", "us-east-1"},
               {"issuer", {{"amazon", json::object()}}}};
  spec.merge_patch(json::parse(more));
  api::Object object;
  object.kind = api::Kind::certificate;
  object.meta.space = "shop";
  object.meta.name = name;
  object.body = document(json{{"spec", spec}}.dump());
  return object;
}

api::Object placement(const std::string& name, const api::Object& owner) {
  api::Object object = certificate(name);
  object.kind = api::Kind::placement;
  object.meta.owners = {{owner.kind, owner.meta.name, owner.meta.uid}};
  return object;
}

api::Object secret(const std::string& name, const std::string& data) {
  api::Object object;
  object.kind = api::Kind::secret;
  object.meta.space = "shop";
  object.meta.name = name;
  object.body = document(json{{"type", "Opaque"}, {"data", json::parse(data)}}.dump());
  return object;
}

api::Key key(const std::string& name, api::Kind kind) { return {kind, "shop", name}; }

std::string at(const api::Document& document, const std::string& pointer) {
  const json tree = json::parse(document.text());
  const json::json_pointer where(pointer);
  return tree.contains(where) ? tree.at(where).dump() : "";
}

Child::Child(const std::function<int()>& work) : id_(fork()) {
  if (id_ < 0) throw std::runtime_error("fork failed");
  if (id_ > 0) return;
  int code = 99;
  try {
    code = work();
  } catch (const std::exception& error) {
    fprintf(stderr, "child: %s\n", error.what());
  }
  // Not exit(): what the parent has buffered and registered is the parent's.
  _exit(code);
}

Child::~Child() {
  if (id_ <= 0) return;
  kill_now();
  wait();
}

int Child::wait() {
  int status = 0;
  while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Child::kill_now() { kill(id_, SIGKILL); }

Pipe::Pipe() {
  if (pipe(ends_) != 0) throw std::runtime_error("pipe failed");
}

Pipe::~Pipe() {
  close(ends_[0]);
  close_writing();
}

void Pipe::send(int number) {
  if (write(ends_[1], &number, sizeof number) != sizeof number) std::abort();
}

int Pipe::receive() {
  int number = -1;
  return read(ends_[0], &number, sizeof number) == sizeof number ? number : -1;
}

void Pipe::close_writing() {
  if (ends_[1] >= 0) close(ends_[1]);
  ends_[1] = -1;
}

std::string name_of_engine(const testing::TestParamInfo<Engine>& engine) {
  return engine.param.name;
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreConformance, testing::ValuesIn(engines()), name_of_engine);

}  // namespace certloop::store
