#include "main_source.h"

#include <filesystem>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "spec/load.h"

namespace certloop {
namespace {

constexpr const char* kSourceLabel = "certloop.dev/source";
constexpr const char* kPruneAnnotation = "certloop.dev/prune";
constexpr const char* kManager = "certloop-source";

}  // namespace

SpecSource::SpecSource(store::Store& store, const Clock& clock, Log& log,
                       const cli::RunRequest& request)
    : store_(store),
      clock_(clock),
      log_(log),
      request_(request),
      label_(sha256_hex(std::filesystem::absolute(request.source).string()).substr(0, 16)) {}

// Names, sizes and times of everything below: cheap enough to be taken every second.
std::string SpecSource::fingerprint() const {
  std::error_code error;
  std::string all;
  const auto add = [&](const std::filesystem::path& path) {
    const auto time = std::filesystem::last_write_time(path, error);
    all += path.string() + '\n' + std::to_string(time.time_since_epoch().count()) + '\n' +
           std::to_string(std::filesystem::file_size(path, error)) + '\n';
  };
  if (!std::filesystem::is_directory(request_.source, error)) {
    add(request_.source);
    return sha256_hex(all);
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(request_.source, error))
    if (entry.is_regular_file(error)) add(entry.path());
  return sha256_hex(all);
}

void SpecSource::take_in() {
  std::string now = fingerprint();
  if (now == seen_) return;
  seen_ = std::move(now);
  if (const auto applied = apply(); !applied.ok())
    log_.error("the source is broken: the last good revision stays in force",
               {{"source", request_.source}, {"error", applied.error().message()}});
}

Result<void> SpecSource::apply() {
  const auto loaded =
      TRY(spec::load(files_, {.paths = {request_.source},
                              .recursive = request_.recursive,
                              .space = request_.space,
                              .only_space = false,
                              .allowed_endpoints = request_.engine.allow_endpoints}));
  std::vector<api::Object> wanted;
  for (const auto& each : loaded) {
    wanted.push_back(each.object);
    wanted.back().meta.labels[kSourceLabel] = label_;
  }
  // All or none, as far as a rehearsal can tell.
  for (const auto& object : wanted)
    TRY(store_.apply(object, {.manager = kManager, .force = false, .dry_run = true}));
  for (const auto& object : wanted)
    TRY(store_.apply(object, {.manager = kManager, .force = false, .dry_run = false}));
  log_.info("specs applied",
            {{"source", request_.source}, {"objects", std::to_string(wanted.size())}});
  return request_.prune ? prune(wanted) : Result<void>();
}

Result<void> SpecSource::prune(const std::vector<api::Object>& wanted) {
  if (wanted.empty())
    return Error(Code::invalid, "the source holds no object at all: nothing is pruned");
  std::set<api::Key> kept;
  for (const auto& object : wanted) kept.insert(object.key());
  std::vector<api::Key> doomed;
  for (const auto kind : {api::Kind::certificate, api::Kind::certificate_authority,
                          api::Kind::account, api::Kind::secret}) {
    const auto page =
        TRY(store_.list({.kind = kind, .labels = std::string(kSourceLabel) + "=" + label_}));
    for (const auto& object : page.objects) {
      const auto it = object.meta.annotations.find(kPruneAnnotation);
      const bool spared = it != object.meta.annotations.end() && it->second == "disabled";
      if (!kept.contains(object.key()) && !object.meta.deleted && !spared)
        doomed.push_back(object.key());
    }
  }
  if (doomed.size() > request_.max_deletions)
    return Error(Code::invalid, std::to_string(doomed.size()) +
                                    " objects are missing from the source, more than "
                                    "--max-deletions: nothing is pruned");
  for (const auto& key : doomed) {
    TRY(store_.remove(key, {}));
    log_.info("pruned", {{"object", text_of(key)}});
  }
  return {};
}

}  // namespace certloop
