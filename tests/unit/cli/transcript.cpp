#include "transcript.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "base/text.h"
#include "fake_program.h"
#include "spec/files.h"

namespace certloop::cli {
namespace {

using Json = nlohmann::json;

class MemoryFiles final : public spec::Files {
 public:
  std::map<std::string, std::string> texts;

  Result<spec::FileState> state(const std::string& path) const override {
    spec::FileState state;
    state.inode = std::hash<std::string>()(path);
    if (const auto found = texts.find(path); found != texts.end()) {
      state.size = found->second.size();
      return state;
    }
    state.type = spec::FileState::Type::directory;
    for (const auto& [name, text] : texts)
      if (name.starts_with(path + '/')) return state;
    return Error(Code::not_found, path + ": no such file or directory");
  }
  Result<std::string> real_path(const std::string& path) const override { return path; }
  Result<std::vector<std::string>> list(const std::string& path, std::size_t) const override {
    std::vector<std::string> names;
    for (const auto& [name, text] : texts)
      if (name.starts_with(path + '/')) names.push_back(name.substr(path.size() + 1));
    return names;
  }
  Result<std::string> read(const std::string& path, std::size_t,
                           const spec::FileState*) const override {
    const auto found = texts.find(path);
    if (found == texts.end()) return Error(Code::not_found, path + ": no such file");
    return found->second;
  }
};

// As a shell: blanks separate, quotes of both kinds keep together.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (const char c : line) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        *word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      if (!word) word.emplace();
    } else if (c == ' ') {
      if (word) words.push_back(*word);
      word.reset();
    } else {
      if (!word) word.emplace();
      *word += c;
    }
  }
  if (word) words.push_back(*word);
  return words;
}

api::Key key_of(const std::string& kind, const std::string& path) {
  const std::size_t slash = path.find('/');
  return {api::kind_named(kind).value(), path.substr(0, slash), path.substr(slash + 1)};
}

class Player {
 public:
  explicit Player(const std::string& text) : lines_(split(text, '\n')) {}

  std::string play() {
    while (at_ < lines_.size() && fault_.empty()) {
      const std::string line = lines_[at_++];
      if (line.starts_with("$ certloop"))
        command(line.substr(10));
      else if (line.starts_with('%'))
        directive(line.substr(1));
      else if (!line.empty() && !line.starts_with('#'))
        fail("this line belongs to no command: " + line);
    }
    return fault_;
  }

 private:
  void fail(const std::string& what) {
    if (fault_.empty()) fault_ = fmt::format("line {}: {}", at_, what);
  }

  void check(const Result<api::Object>& done) {
    if (!done) fail(done.error().message());
  }

  std::string block() {
    std::string text;
    while (at_ < lines_.size() && lines_[at_] != "%end") text += lines_[at_++] + '\n';
    ++at_;
    return text;
  }

  // status KIND NS/NAME JSON; remove KIND NS/NAME; finalizer KIND NS/NAME WORD.
  void act(store::Store& store, const std::string& what) {
    std::istringstream in(what);
    std::string verb, kind, path, rest;
    in >> verb >> kind >> path;
    std::getline(in, rest);
    const api::Key key = key_of(kind, path);
    if (verb == "remove") return check(store.remove(key, {}));
    auto object = store.get(key);
    if (!object) return fail(object.error().message());
    if (verb == "finalizer") {
      object->meta.finalizers = {std::string(trim(rest))};
      return check(store.edit_metadata(*object));
    }
    auto status = api::Document::parse(rest);
    if (!status) return fail(status.error().message());
    object->status = *status;
    check(store.update_status(*object));
  }

  void event(const std::string& path, const std::string& json) {
    api::Object event;
    event.kind = api::Kind::event;
    const api::Key key = key_of("event", path);
    event.meta.space = key.space;
    event.meta.name = key.name;
    auto body = api::Document::parse(json);
    if (!body) return fail(body.error().message());
    event.body = *body;
    check(program_.store()->create(event));
  }

  // A made object, for the kinds that only the controller makes; the owner's uid is looked up.
  void make(const std::string& json) {
    auto object = api::from_json(json);
    if (!object) return fail(object.error().message());
    const auto store = program_.store();
    for (api::OwnerReference& owner : object->meta.owners)
      if (const auto live = store->get({owner.kind, object->meta.space, owner.name}))
        owner.uid = live->meta.uid;
    const api::Document status = object->status;
    auto made = store->create(*object);
    if (!made) return fail(made.error().message());
    made->status = status;
    check(store->update_status(*made));
  }

  void outcome(const std::string& what) {
    std::istringstream in(what);
    std::string kind, path, state, message;
    in >> kind >> path >> state;
    std::getline(in, message);
    using State = ReconcileResult::State;
    const std::map<std::string, State> states = {{"ready", State::ready},
                                                 {"stalled", State::stalled},
                                                 {"pending", State::pending},
                                                 {"gone", State::gone}};
    program_.outcomes[key_of(kind, path)] = {states.at(state), std::string(trim(message))};
  }

  static api::Key object_of(const Json& json) {
    if (!json.contains("object")) return {};
    const std::string text = json["object"];
    return key_of(text.substr(0, text.find(' ')), text.substr(text.find(' ') + 1));
  }

  void step(const Json& json) {
    api::Step step;
    step.object = object_of(json);
    step.account = json.value("account", "");
    step.region = json.value("region", "");
    step.service = json.value("service", "");
    step.operation = json.value("operation", "");
    step.subject = json.value("subject", "");
    step.because = json.value("because", "");
    step.message = json.value("message", "");
    program_.next_plan.steps.push_back(step);
    program_.next_plan.coverage.objects = 1;
  }

  void drift(const Json& json) {
    report::DriftRow row;
    row.object = object_of(json);
    row.account = json.value("account", "");
    row.region = json.value("region", "");
    row.difference.drift_class = api::drift_class_named(json.value("class", "")).value();
    row.difference.path = json.value("path", "");
    row.difference.spec = json.value("spec", "");
    row.difference.found = json.value("found", "");
    row.plan = json.value("plan", "");
    row.held = json.value("held", "");
    program_.next_drift.rows.push_back(row);
    if (!row.held.empty())
      program_.next_drift.held.push_back({row.object, row.account, row.region, "", row.held, true});
    program_.next_drift.coverage.objects = 1;
  }

  void expiry(const Json& json) {
    report::ExpiryRow row;
    row.object = object_of(json);
    row.account = json.value("account", "");
    row.region = json.value("region", "");
    row.expires = parse_rfc3339(json.value("expires", ""));
    row.renewal = json.value("renewal", "");
    row.why = json.value("why", "");
    row.assured = json.value("assured", false);
    program_.next_expiry.rows.push_back(row);
  }

  void held(const Json& json) {
    const report::Held held{object_of(json),          json.value("account", ""),
                            json.value("region", ""), json.value("reason", ""),
                            json.value("message", ""), json.value("outOfSync", true)};
    program_.next_plan.held.push_back(held);
    program_.next_plan.coverage.objects = 1;
    if (held.out_of_sync) return;
    program_.next_drift.held.push_back(held);
    program_.next_drift.coverage.objects = 1;
  }

  void permission(const Json& json) {
    report::PermissionRow row;
    row.account = object_of(json);
    row.action = json.value("action", "");
    const std::string result = json.value("result", "unknown");
    row.permit = result == "allowed"  ? report::Permit::allowed
                 : result == "denied" ? report::Permit::denied
                                      : report::Permit::unknown;
    row.optional = json.value("optional", false);
    row.region = json.value("region", "");
    row.resource = json.value("resource", "");
    row.purpose = json.value("purpose", "");
    row.how = json.value("how", "");
    row.message = json.value("message", "");
    program_.next_preflight.rows.push_back(row);
  }

  void choice(const Json& json) {
    report::Choice row;
    row.object = object_of(json);
    row.arn = json.value("arn", "");
    row.state = json.value("state", "");
    row.key_algorithm = json.value("keyAlgorithm", "");
    row.usage_mode = json.value("usageMode", "");
    row.domain = json.value("domain", "");
    row.can_choose = json.value("canChoose", false);
    row.why = json.value("why", "");
    program_.next_choices.rows.push_back(row);
  }

  void unread(const Json& json) {
    const report::Unread unread{json.value("subject", ""), json.value("region", ""),
                                json.value("message", "")};
    program_.next_plan.coverage.unread.push_back(unread);
    program_.next_drift.coverage.unread.push_back(unread);
    program_.next_expiry.coverage.unread.push_back(unread);
    program_.next_choices.unread.push_back(unread);
  }

  void directive(const std::string& line) {
    const std::string word = line.substr(0, line.find(' '));
    const std::string rest = word.size() == line.size() ? "" : line.substr(word.size() + 1);
    if (word == "file")
      files_.texts[rest] = block();
    else if (word == "stdin")
      files_.texts["-"] = block();
    else if (word == "env")
      variables_[rest.substr(0, rest.find('='))] = rest.substr(rest.find('=') + 1);
    else if (word == "terminal")
      width_ = std::stoul(rest);
    else if (word == "status" || word == "finalizer" || word == "remove")
      act(*program_.store(), line);
    else if (word == "event")
      event(rest.substr(0, rest.find(' ')), rest.substr(rest.find(' ') + 1));
    else if (word == "make")
      make(rest);
    else if (word == "outcome")
      outcome(rest);
    else if (word == "when-reconciled")
      program_.on_reconcile = [this, rest](store::Store& store) { act(store, rest); };
    else if (word == "while-waiting")
      program_.while_waiting.push_back([this, rest](store::Store& store) { act(store, rest); });
    else if (word == "progress")
      progress(rest);
    else if (word == "step")
      step(Json::parse(rest));
    else if (word == "drift")
      drift(Json::parse(rest));
    else if (word == "expiry")
      expiry(Json::parse(rest));
    else if (word == "held")
      held(Json::parse(rest));
    else if (word == "permission")
      permission(Json::parse(rest));
    else if (word == "choice")
      choice(Json::parse(rest));
    else if (word == "unread")
      unread(Json::parse(rest));
    else if (word == "denied")
      program_.denied.push_back(rest);
    else if (word == "state")
      (void)program_.store();
    else if (word == "no-state") {
      if (program_.has_state()) fail("state was made");
    } else
      fail("unknown directive %" + word);
  }

  void progress(const std::string& what) {
    std::istringstream in(what);
    std::string kind, path, message;
    in >> kind >> path;
    std::getline(in, message);
    Progress progress{key_of(kind, path), std::string(trim(message)), 0, 1, false, false};
    for (const auto& [mark, flag] :
         {std::pair{"[standing] ", &Progress::standing}, std::pair{"[ended] ", &Progress::ended}})
      if (progress.message.starts_with(mark)) {
        progress.*flag = true;
        progress.message.erase(0, std::string_view(mark).size());
      }
    program_.progress.push_back(std::move(progress));
  }

  std::string shown(std::string text) const {
    const std::string path = program_.directory();
    for (std::size_t at = 0; (at = text.find(path)) != std::string::npos;)
      text.replace(at, path.size(), "STATE");
    return text;
  }

  void command(const std::string& line) {
    std::string out, err, code = "0";
    const std::size_t where = at_;
    for (; at_ < lines_.size(); ++at_) {
      const std::string& next = lines_[at_];
      if (next.starts_with("$ ") || next.starts_with('%') || next.starts_with('#')) break;
      if (next.starts_with("! ") || next == "!")
        err += (next.size() > 2 ? next.substr(2) : "") + '\n';
      else if (next.starts_with("? "))
        code = next.substr(2);
      else
        out += next.substr(next.starts_with("\\#") ? 1 : 0) + '\n';
    }
    // Empty lines before the next command only separate.
    while (out.ends_with("\n\n") || out == "\n") out.pop_back();
    std::istringstream in;
    std::ostringstream actual_out, actual_err;
    Environment environment{.arguments = words_of(line),
                            .in = in,
                            .out = actual_out,
                            .err = actual_err,
                            .out_is_terminal = width_ > 0,
                            .err_is_terminal = width_ > 0,
                            .width = width_,
                            .files = &files_,
                            .variable = [this](const std::string& name) { return variable(name); }};
    const int actual_code = main(environment, program_);
    const std::string got_out = shown(actual_out.str());
    const std::string got_err = shown(actual_err.str());
    if (got_out == out && got_err == err && std::to_string(actual_code) == code) return;
    at_ = where;
    fail(
        fmt::format("$ certloop{}\n--- wanted, exit {}\n{}--- on standard error\n{}"
                    "--- got, exit {}\n{}--- on standard error\n{}",
                    line, code, out, err, actual_code, got_out, got_err));
  }

  std::optional<std::string> variable(const std::string& name) const {
    if (name == "XDG_STATE_HOME") return program_.state_home();
    const auto found = variables_.find(name);
    if (found == variables_.end()) return std::nullopt;
    return found->second;
  }

  std::vector<std::string> lines_;
  std::size_t at_ = 0;
  std::string fault_;
  FakeProgram program_;
  MemoryFiles files_;
  std::map<std::string, std::string> variables_;
  std::size_t width_ = 0;
};

}  // namespace

std::string run_transcript(const std::string& text) { return Player(text).play(); }

}  // namespace certloop::cli
