#pragma once
// What every Store must do, whatever engine it stands on: each sentence of store.h and PROTOCOLS 6
// is a test. A new engine adds itself to engines() in engines.cpp.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/object.h"
#include "store/store.h"

namespace certloop::store {

// Somewhere a store's state lives for the length of one test.
class Place {
 public:
  virtual ~Place() = default;
  // One more handle on the state, as another process would have.
  virtual std::unique_ptr<Store> open() = 0;
  virtual Time now() const = 0;
  // After how many writes a watch that was not polled may have fallen behind.
  virtual int forgets_after() const = 0;
};

struct Engine {
  std::string name;
  std::function<std::unique_ptr<Place>()> make;
};
std::vector<Engine> engines();
std::string name_of_engine(const testing::TestParamInfo<Engine>& engine);

class StoreConformance : public testing::TestWithParam<Engine> {
 protected:
  StoreConformance() : place_(GetParam().make()) {}

  // The handle that most tests use; opened at the first call, so that a test can fork before.
  Store& store() {
    if (store_ == nullptr) store_ = place_->open();
    return *store_;
  }
  // Makes an object that must not fail.
  api::Object made(const api::Object& object);
  api::Object applied(const api::Object& object, const std::string& manager = "tester");
  api::Object live(const api::Key& key);
  std::vector<std::string> names(const Selector& selector);
  std::vector<Event> polled(Watch& watch);

  std::unique_ptr<Place> place_;

 private:
  std::unique_ptr<Store> store_;
};

// A Certificate that any schema of ours takes, in namespace "shop"; `more` is merged into its spec.
api::Object certificate(const std::string& name, const std::string& more = "{}");
api::Object placement(const std::string& name, const api::Object& owner);
api::Object secret(const std::string& name, const std::string& data);
api::Key key(const std::string& name, api::Kind kind = api::Kind::certificate);
api::Document document(const std::string& json);

// The JSON at a pointer ("/spec/tags/a") of the body or the status; empty if it is not there.
std::string at(const api::Document& document, const std::string& pointer);

// A process that was forked off. Fork before the test opens a store: no connection crosses a fork.
class Child {
 public:
  // Runs `work` over there and exits with what it returns.
  explicit Child(const std::function<int()>& work);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int wait();       // its exit code; 128 and more: died of a signal
  void kill_now();  // SIGKILL

 private:
  int id_;
};

// Whole numbers from one process to another.
class Pipe {
 public:
  Pipe();
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void send(int number);
  // Waits; -1 once every writer is gone.
  int receive();
  void close_writing();

 private:
  int ends_[2];
};

}  // namespace certloop::store
