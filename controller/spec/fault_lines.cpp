#include "spec/fault_lines.h"

#include <algorithm>
#include <span>

#include "base/text.h"
#include "schema/tree.h"

namespace certloop::spec {
namespace {

using schema::Node;

struct Sought {
  std::string_view rest;  // of the path, from the node at hand on
  int* line;
};

// Those whose rest begins with `prefix`. They are sorted.
std::span<Sought> beginning_with(std::span<Sought> all, std::string_view prefix) {
  const auto head = [&](const Sought& each) { return each.rest.substr(0, prefix.size()); };
  const auto first = std::partition_point(all.begin(), all.end(),
                                          [&](const Sought& each) { return head(each) < prefix; });
  const auto last = std::partition_point(
      first, all.end(), [&](const Sought& each) { return head(each) == prefix; });
  return {first, last};
}

void place(const Node& node, std::span<Sought> sought, bool is_root) {
  for (const Sought& each : sought) *each.line = node.line;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    // What path_to() writes behind any path but the empty one.
    const std::string parent(is_root ? "" : "-");
    const std::string step =
        printable(node.type == Node::Type::map ? schema::path_to(parent, item.key)
                                               : schema::path_to(parent, i))
            .substr(parent.size());
    const auto exact = beginning_with(sought, step);
    std::vector<Sought> below;
    for (const Sought& each : exact) {
      const std::string_view rest = each.rest.substr(step.size());
      if (rest.empty() || rest.front() == '.' || rest.front() == '[')
        below.push_back({rest, each.line});
    }
    if (!below.empty()) place(item, below, false);
  }
}

}  // namespace

std::vector<int> lines_of(const Node& root, const std::vector<std::string_view>& paths) {
  std::vector<int> lines(paths.size());
  std::vector<Sought> sought;
  for (std::size_t i = 0; i < paths.size(); ++i) sought.push_back({paths[i], &lines[i]});
  std::sort(sought.begin(), sought.end(),
            [](const Sought& a, const Sought& b) { return a.rest < b.rest; });
  place(root, sought, true);
  return lines;
}

}  // namespace certloop::spec
