#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "cli/command.h"
#include "cli/manifests.h"
#include "cli/output.h"
#include "cli/settle.h"

namespace certloop::cli {
namespace {

struct Options {
  ManifestFlags manifests;
  std::string output, dry_run = "none", manager = "certloop";
  bool force = false, wait = true;
  SettleOptions settle;
};

// The message of condition Ready; empty if the object has none yet.
std::string waits_for(const api::Object& object) {
  const auto status = nlohmann::json::parse(object.status.text(), nullptr, false);
  if (!status.is_object() || !status.contains("conditions")) return "";
  for (const auto& condition : status["conditions"]) {
    if (!condition.is_object() || !condition.contains("message")) continue;
    const auto& message = condition["message"];
    if (condition.contains("type") && condition["type"] == "Ready" && message.is_string())
      return message.get<std::string>();
  }
  return "";
}

struct Applied {
  api::Object object;
  const char* what = "unchanged";  // created, configured, unchanged
};

Result<Applied> apply_one(store::Store& store, const api::Object& wanted,
                          const store::ApplyOptions& options) {
  const Result<api::Object> before = store.get(wanted.key());
  if (!before && before.error().code() != Code::not_found) return before.error();
  Result<api::Object> after = store.apply(wanted, options);
  if (!after) {
    Error error = std::move(after).error();
    if (error.code() != Code::conflict) return error;
    if (error.message().find("--force-conflicts") != std::string::npos) return error;
    return Error(Code::conflict,
                 error.message() + "; use --force-conflicts, or remove the field from the file");
  }
  const char* what = !before                        ? "created"
                     : same_wishes(*before, *after) ? "unchanged"
                                                    : "configured";
  return Applied{std::move(after).value(), what};
}

// Every object as it would be, or every refusal there is. Nothing is written.
Result<std::vector<Applied>> rehearse(store::Store& store, const std::vector<api::Object>& wanted,
                                      store::ApplyOptions options) {
  options.dry_run = true;
  std::vector<Applied> out;
  std::vector<std::string> faults;
  Code code = Code::invalid;
  for (const api::Object& object : wanted) {
    Result<Applied> applied = apply_one(store, object, options);
    if (applied) {
      out.push_back(std::move(applied).value());
      continue;
    }
    if (faults.empty()) code = applied.error().code();
    faults.push_back(applied.error().message());
  }
  if (faults.empty()) return out;
  faults.emplace_back("nothing was applied");
  return Error(code, join(faults, "\n"));
}

void print(const std::vector<Applied>& applied, const Output& output, const std::string& suffix,
           Session& session) {
  if (!output.is_table()) {
    std::vector<api::Object> objects;
    for (const Applied& each : applied) objects.push_back(each.object);
    session.out() << output.text(objects, objects.size() != 1);
    return;
  }
  for (const Applied& each : applied)
    session.out() << resource_of(each.object.key()) << ' ' << each.what
                  << (each.object.meta.deleted ? ", but it is being deleted" : "") << suffix
                  << '\n';
}

// Whether the files want what is being deleted, rather than say something about its deletion: a
// confirmation, or that it is to be retained. Nothing brings it back.
bool comes_too_late(const Applied& applied) {
  return applied.object.meta.deleted && applied.what == std::string_view("unchanged");
}

int tell_of_deletions(const std::vector<Applied>& applied, Session& session) {
  int code = kDone;
  for (const Applied& each : applied) {
    if (!comes_too_late(each)) continue;
    const api::Key key = each.object.key();
    const std::string waits = waits_for(each.object);
    const std::string kind = lower(api::info_of(key.kind).name);
    session.warn(fmt::format(
        "{} is being deleted{}. Wait until it is gone (certloop wait {}/{} -n "
        "{} --for=delete), then apply it again",
        api::text_of(key), waits.empty() ? "" : ": " + waits, kind, key.name, key.space));
    code = kNotReady;
  }
  return code;
}

// Of what the change concerns, that which was not applied itself. How others fare in their
// namespaces is no answer to whoever applies something in his.
std::vector<api::Key> users_beside(const std::vector<Applied>& applied,
                                   const std::vector<api::Key>& concerned) {
  std::set<api::Key> keys;
  std::set<std::string> spaces;
  for (const Applied& each : applied) {
    keys.insert(each.object.key());
    spaces.insert(each.object.meta.space);
  }
  std::vector<api::Key> users;
  for (const api::Key& key : concerned)
    if (key.kind != api::Kind::secret && spaces.contains(key.space) && !keys.contains(key))
      users.push_back(key);
  return users;
}

int write_all(store::Store& store, const std::vector<api::Object>& objects,
              const store::ApplyOptions& options, const Output& output,
              std::vector<Applied>& applied, Session& session) {
  int code = kDone;
  for (const api::Object& object : objects) {
    Result<Applied> one = apply_one(store, object, options);
    if (!one) {
      session.fail(one.error());
      code = kNotReady;
      continue;
    }
    if (output.is_table()) print({*one}, output, "", session);
    applied.push_back(std::move(one).value());
  }
  session.out().flush();
  return code;
}

int apply(Session& session, const Options& options) {
  const Result<Output> output = Output::parse(options.output);
  if (!output) return session.fail(output.error());
  const auto dry = dry_run_of(options.dry_run);
  if (!dry) return session.fail(dry.error());
  const Instant end = session.program().clock().tick() + options.settle.timeout;
  const auto objects = load(options.manifests, options.settle.engine, session,
                            options.wait && !*dry ? std::optional(end) : std::nullopt);
  if (!objects) return session.fail(objects.error());
  auto store = session.open(*dry ? StoreOptions::Missing::empty : StoreOptions::Missing::create,
                            options.settle.engine.installation);
  if (!store) return session.fail(store.error());
  const store::ApplyOptions how{options.manager, options.force, false};
  const auto rehearsed = rehearse(**store, *objects, how);
  if (!rehearsed) return session.fail(rehearsed.error());
  if (*dry) {
    print(*rehearsed, *output, **dry, session);
    return kDone;
  }
  std::vector<api::Object> merged;
  if (options.wait)
    for (const Applied& each : *rehearsed) merged.push_back(each.object);
  const auto concerned = planned_for(**store, merged);
  if (!concerned) return session.fail(concerned.error());
  std::vector<Applied> applied;
  int code = write_all(**store, *objects, how, *output, applied, session);
  code = std::max(code, tell_of_deletions(applied, session));
  if (options.wait) {
    std::vector<api::Key> keys;
    for (const Applied& each : applied)
      if (each.object.kind != api::Kind::secret && !comes_too_late(each))
        keys.push_back(each.object.key());
    SettleOptions settling = options.settle;
    settling.users = users_beside(applied, *concerned);
    settling.quiet = !output->is_table();
    for (const Applied& each : applied)
      if (each.object.meta.deleted) settling.going.insert(each.object.key());
    settling.timeout = std::max<Duration>(end - session.program().clock().tick(), Duration{0});
    code = std::max(code, settle(**store, keys, settling, session));
  }
  if (output->is_table()) return code;
  for (Applied& each : applied)  // what a program gets is the state at the end
    if (auto now = (*store)->get(each.object.key())) each.object = std::move(now).value();
  print(applied, *output, "", session);
  return code;
}

}  // namespace

Command apply_command() {
  auto options = std::make_shared<Options>();
  return {
      "apply",
      "Write specs to the state, and wait until AWS matches.",
      "apply -f FILE|DIR|- [flags]",
      "Reads specs, checks all of them, and writes them to the state: all, or none if one is "
      "wrong. Then\nreconciles what was applied, what it refers to, and what uses anything that "
      "changed in the same\nnamespaces, until each object is Ready or Stalled. If a controller is "
      "running on the "
      "same state, it does the work\nand apply watches it.\n\n"
      "Applying again is safe: what already matches is left unchanged. Fields that other "
      "managers own\nstay theirs without --force-conflicts. Exit code 1: something is "
      "not ready.",
      "# everything in a directory\n"
      "certloop apply -f certificates/\n"
      "# would it be accepted? Nothing is written\n"
      "certloop apply -f shop.yaml --dry-run\n"
      "# from standard input; leave the work to a running controller\n"
      "cat shop.yaml | certloop apply -f - --wait=false\n"
      "# the ARN, for a script\n"
      "certloop apply -f shop.yaml -o jsonpath='{.status.arn}'",
      [options](Flags& flags) {
        options->manifests.declare(flags);
        flags.text("-o,--output", options->output, "FORMAT",
                   "json, yaml, name or jsonpath=TEMPLATE: the objects as they are at the end.");
        flags.choice("--dry-run", options->dry_run, "client",
                     "Check and print what would change; write nothing.");
        flags.toggle("--wait", options->wait,
                     "Wait until everything is Ready or Stalled; default: true.");
        flags.duration("--timeout", options->settle.timeout, "How long to wait; default: 10m.");
        flags.toggle("--force-conflicts", options->force, "Take ownership of conflicting fields.");
        flags.text("--field-manager", options->manager, "NAME",
                   "Who owns the applied fields; default: certloop.");
        declare_engine(flags, options->settle.engine);
        declare_take_over(flags, options->settle.engine);
      },
      [options](Session& session) { return apply(session, *options); }};
}

}  // namespace certloop::cli
