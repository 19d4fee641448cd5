#include "spec/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "spec/ignore_rules.h"
#include "spec/load.h"

namespace certloop::spec {
namespace {

constexpr int kMostLevels = 32;                        // of directories below one another
constexpr std::size_t kMostEntries = 1'000'000;        // over all directories
constexpr std::uint64_t kMostBytes = kMaxSourceBytes;  // over all files that are taken
constexpr std::size_t kMostIgnoreBytes = 64U << 10;
constexpr std::string_view kIgnoreFile = ".certloopignore";

bool is_spec(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

// What other tools keep beside manifests, and what is not meant to be seen.
bool is_skipped(std::string_view name) {
  return name.starts_with('.') || name == "kustomization.yaml" || name == "kustomization.yml" ||
         name == "Chart.yaml";
}

std::string below(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

class Walker {
 public:
  Walker(const Files& files, bool recursive) : files_(files), recursive_(recursive) {}

  Walk run(const std::string& path) {
    const auto state = files_.state(path);
    if (!state) {
      fail(path, state.error(), Hides::rest);
    } else if (!state->is_directory()) {
      take(path, *state);
    } else {
      enter_top(path, *state);
    }
    return std::move(out_);
  }

 private:
  using Hides = Unread::Hides;

  void fail(const std::string& path, Error error, Hides hides) {
    out_.errors.push_back({path, std::move(error), hides});
  }
  void fail(const std::string& path, std::string_view what, Hides hides = Hides::path) {
    fail(path, Error(Code::invalid, fmt::format("{}: {}", printable(path), what)), hides);
  }

  void enter_top(const std::string& path, const FileState& state) {
    auto top = files_.real_path(path);
    if (!top) return fail(path, std::move(top).error(), Hides::rest);
    top_ = std::move(*top);
    read_ignore_file(below(path, std::string(kIgnoreFile)));
    enter(path, "", state, 0);
    tree_is_seen_ = true;
    take_linked_files(true);
    std::stable_partition(links_.begin(), links_.end(),
                          [](const Link& link) { return link.leads_down; });
    for (std::size_t i = 0; i < links_.size(); ++i) {
      const Link link = links_[i];
      enter(link.path, link.relative, link.state, link.level);
    }
    take_linked_files(true);
    take_linked_files(false);
  }

  void take_linked_files(bool that_lead_down) {
    for (const FileLink& link : file_links_)
      if (link.leads_down == that_lead_down && !is_taken(link.state)) take(link.path, link.state);
  }

  void read_ignore_file(const std::string& path) {
    const auto state = files_.state(path);
    if (!state && state.error().code() == Code::not_found) return;
    if (!state) return fail(path, state.error(), Hides::path);
    if (!stays_inside(path, *state)) return;
    const auto text = files_.read(path, kMostIgnoreBytes, &*state);
    if (!text) return fail(path, text.error(), Hides::path);
    auto rules = IgnoreRules::parse(*text);
    if (!rules) return fail(path, std::move(rules).error().during(printable(path)), Hides::path);
    rules_ = std::move(*rules);
  }

  // `relative` is the path from the top: "" for the top itself, else "a/b/".
  void enter(const std::string& path, const std::string& relative, const FileState& state,
             int level) {
    if (level > kMostLevels)
      return fail(path, fmt::format("more than {} directories deep; move it up", kMostLevels));
    if (!seen_.insert(identity_of(state)).second) return;
    const auto names = files_.list(path, kMostEntries - entries_);
    if (!names) return fail(path, names.error(), Hides::directory);
    entries_ += names->size();
    for (const std::string& name : *names)
      if (!is_skipped(name)) visit(below(path, name), relative + name, name, level);
  }

  void visit(const std::string& path, const std::string& relative, const std::string& name,
             int level) {
    const auto state = files_.state(path);
    if (!state) {
      // What is not called a spec is nobody's business, unless it may be a directory of specs.
      const bool may_hold_specs = recursive_ && state.error().code() != Code::not_found;
      if ((is_spec(name) || may_hold_specs) && !rules_.ignores(relative, false))
        fail(path, state.error(), is_spec(name) ? Hides::path : Hides::directory);
      return;
    }
    if (rules_.ignores(relative, state->is_directory())) return;
    if (state->is_directory()) {
      if (!recursive_)
        out_.skipped_directories = true;
      else if (!state->is_link)
        enter(path, relative + "/", *state, level + 1);
      else if (stays_inside(path, *state))
        links_.push_back({path, relative + "/", *state, level + 1, leads_down(path)});
    } else if (is_spec(name) && stays_inside(path, *state)) {
      if (state->is_link)
        file_links_.push_back({path, *state, leads_down(path)});
      else if (!tree_is_seen_ || !is_taken(*state))
        take(path, *state);
    }
  }

  // To what stands beside it or below that.
  bool leads_down(const std::string& path) const {
    const auto real = files_.real_path(path);
    const auto beside = files_.real_path(path.substr(0, path.rfind('/')));
    return real && beside && real->starts_with(below(*beside, ""));
  }

  using Identity = std::pair<std::uint64_t, std::uint64_t>;
  static Identity identity_of(const FileState& state) { return {state.device, state.inode}; }
  bool is_taken(const FileState& state) const { return files_seen_.contains(identity_of(state)); }

  bool stays_inside(const std::string& path, const FileState& state) {
    if (!state.is_link) return true;
    const auto real = files_.real_path(path);
    if (!real) {
      fail(path, real.error(), Hides::path);
      return false;
    }
    if (*real == top_ || real->starts_with(below(top_, ""))) return true;
    fail(path, fmt::format("this link leads out of {}; put the files there, or add it to {}",
                           printable(top_), kIgnoreFile));
    return false;
  }

  void take(const std::string& path, const FileState& state) {
    if (state.type != FileState::Type::file)
      return fail(path, "not a regular file; use -f - to read from standard input");
    bytes_ += state.size;
    if (bytes_ > kMostBytes) {
      if (bytes_ - state.size <= kMostBytes)
        fail(path,
             fmt::format("the files up to this one have more than {} MiB; split them",
                         kMostBytes >> 20),
             Hides::rest);
      return;
    }
    out_.files.push_back({path, state});
    files_seen_.insert(identity_of(state));
  }

  // A link to a directory. It waits until all that stands in the tree itself was seen: most lead
  // there, and files are best known by their own paths.
  struct Link {
    std::string path, relative;
    FileState state;
    int level;
    bool leads_down;
  };
  // A link to a file waits as well: who puts one beside his own files does not own what it leads
  // to.
  struct FileLink {
    std::string path;
    FileState state;
    bool leads_down;
  };

  const Files& files_;
  const bool recursive_;
  Walk out_;
  std::vector<Link> links_;
  std::vector<FileLink> file_links_;
  std::string top_;  // without links
  IgnoreRules rules_;
  std::set<Identity> seen_;  // directories
  std::set<Identity> files_seen_;
  bool tree_is_seen_ = false;  // what follows, only links lead to
  std::size_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Walk walk(const Files& files, const std::string& path, bool recursive) {
  return Walker(files, recursive).run(path);
}

}  // namespace certloop::spec
