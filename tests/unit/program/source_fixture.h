#pragma once
// A source on a directory of its own, a real store that can be made to fail, and a virtual clock.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "main_source.h"
#include "schema/schema.h"
#include "tests/support/faulty_store.h"
#include "tests/support/sealed_state.h"
#include "tests/support/temporary_store.h"

namespace certloop {

class SourceTest : public testing::Test {
 protected:
  SourceTest() {
    if (!schema::check_descriptions().ok()) throw std::runtime_error("the definitions are broken");
    std::filesystem::create_directory(directory());
    auto opened = test::open_state(root_.path() / "state", clock, random_);
    if (!opened.ok()) throw std::runtime_error(opened.error().message());
    store = std::move(*opened);
    faulty = std::make_unique<test::FaultyStore>(*store);
    request.source = directory().string();
    request.prune = true;
  }

  std::filesystem::path directory() const { return root_.path() / "specs"; }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory() / name) << text;
  }
  void erase(const std::string& name) const { std::filesystem::remove(directory() / name); }

  // A process begins.
  void start() {
    source.emplace(SourceEdges{*faulty, clock, log_, stop.get_token(), max_documents}, request);
  }
  // Looks once a second, for that many seconds.
  void look(int seconds = 1) {
    for (int i = 0; i < seconds; ++i) {
      source->take_in();
      clock.advance(std::chrono::seconds(1));
    }
  }
  // Until the specs are in force.
  void take_in() {
    look(2);
    ASSERT_TRUE(source->is_settled().ok()) << log;
  }

  static api::Key key(const std::string& name, api::Kind kind = api::Kind::certificate) {
    return {kind, "default", name};
  }
  bool exists(const api::Key& of) const { return store->get(of).ok(); }
  bool is_going(const api::Key& of) const {
    const auto object = store->get(of);
    return !object.ok() || object->meta.deleted;
  }
  // As a reconciler does, so that a removal only marks.
  void hold(const api::Key& of) const {
    auto object = store->get(of).value();
    object.meta.finalizers = {"certloop.dev/test"};
    ASSERT_TRUE(store->edit_metadata(object).ok());
  }

  static std::string account(const std::string& name, const std::string& more = "") {
    return "---\napiVersion: certloop.dev/v1alpha1\nkind: Account\nmetadata: {name: " + name +
           "}\nspec:\n  scope: Account\n  regions: [us-east-1]\n"
           "  authentication: {defaultChain: {}}\n" +
           more;
  }
  static std::string certificate(const std::string& name, const std::string& space = "default") {
    return "---\napiVersion: certloop.dev/v1alpha1\nkind: Certificate\nmetadata: {name: " + name +
           ", namespace: " + space + "}\nspec: {domainName: " + name +
           ".example.com, accountRef: {name: prod}, region: us-east-1, issuer: {amazon: {}}}\n";
  }

  SimClock clock{*parse_rfc3339("2026-11-21T00:00:00Z")};
  std::unique_ptr<store::Store> store;  // as everybody else uses it
  std::unique_ptr<test::FaultyStore> faulty;
  cli::RunRequest request;
  std::size_t max_documents = spec::kMaxSourceDocuments;
  std::stop_source stop;
  std::string log;
  std::optional<SpecSource> source;

 private:
  test::TemporaryDirectory root_;
  SeededRandom random_{7};
  Log log_{clock, [this](std::string_view line) { log += std::string(line) + '\n'; }};
};

}  // namespace certloop
