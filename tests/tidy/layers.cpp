#include "tests/tidy/layers.h"

#include <regex>
#include <sstream>

#include "base/text.h"

namespace certloop::tidy {
namespace {

// "zone" for reconcilers/zone/plan.cpp; empty for what stands in reconcilers/ itself.
std::string reconciler_of(std::string_view path) {
  const auto parts = split(path, '/');
  return parts.size() > 2 && parts[0] == "reconcilers" ? parts[1] : std::string();
}

bool allows(const Layers& layers, const std::string& from, const std::string& to) {
  const auto known = layers.find(from);
  return from == to || (known != layers.end() && known->second.contains(to));
}

bool reaches(const Layers& layers, const std::string& from, const std::string& to,
             std::set<std::string>& seen) {
  const auto known = layers.find(from);
  if (known == layers.end()) return false;
  for (const std::string& next : known->second)
    if (next == to || (seen.insert(next).second && reaches(layers, next, to, seen))) return true;
  return false;
}

}  // namespace

Layers parse_layers(std::string_view text) {
  Layers layers;
  for (const std::string_view line : lines_of(text)) {
    const auto colon = line.find(':');
    if (line.starts_with('#') || colon == std::string_view::npos) continue;
    auto& allowed = layers[std::string(trim(line.substr(0, colon)))];
    std::istringstream words{std::string(line.substr(colon + 1))};
    for (std::string word; words >> word;) allowed.insert(word);
  }
  return layers;
}

std::vector<std::string> circles(const Layers& layers) {
  std::vector<std::string> found;
  for (const auto& [name, allowed] : layers) {
    std::set<std::string> seen;
    if (reaches(layers, name, name, seen)) found.push_back(name);
  }
  return found;
}

std::string layer_of(std::string_view path) {
  const auto parts = split(path, '/');
  if (parts[0] == "reconcilers") return "reconcilers";
  return parts[0] == "controller" && parts.size() > 2 ? parts[1] : std::string();
}

std::vector<Finding> check_includes(const Source& source, const Layers& layers) {
  static const std::regex include(R"re(^\s*#\s*include\s*"([^"]+)")re");
  std::vector<Finding> findings;
  const std::string from = layer_of(source.path);
  if (from.empty() || !is_cpp(source)) return findings;
  int number = 0;
  for (const std::string_view line : lines_of(source.text)) {
    ++number;
    std::match_results<std::string_view::const_iterator> match;
    if (!std::regex_search(line.begin(), line.end(), match, include)) continue;
    const std::string included = match[1];
    const std::string to = included.starts_with("reconcilers/")
                               ? "reconcilers"
                               : included.substr(0, included.find('/'));
    if (included.find('/') == std::string::npos)
      findings.push_back({"layer", source.path, number,
                          '"' + included + "\" names no folder: write \"" + from + "/...\""});
    else if (!allows(layers, from, to))
      findings.push_back(
          {"layer", source.path, number, from + " may not include \"" + included + '"'});
    else if (const std::string mine = reconciler_of(source.path), other = reconciler_of(included);
             !mine.empty() && !other.empty() && mine != other)
      findings.push_back({"layer", source.path, number,
                          "reconcilers may not include one another: \"" + included + '"'});
  }
  return findings;
}

std::vector<Finding> check_uses(const Source& cmake, const Layers& layers) {
  static const std::regex library(R"(certloop_library\(\s*(\w+)([^)]*)\))");
  std::vector<Finding> findings;
  for (std::sregex_iterator at(cmake.text.begin(), cmake.text.end(), library), end; at != end;
       ++at) {
    const std::string name = (*at)[1];
    std::istringstream words((*at)[2]);
    bool uses = false;
    for (std::string word; words >> word;) {
      if (word == "USES" || word == "LINKS")
        uses = word == "USES";
      else if (uses && !allows(layers, layers.contains(name) ? name : layer_of(cmake.path), word) &&
               layer_of(cmake.path) != "reconcilers")
        findings.push_back({"layer", cmake.path, 1, name + " may not use " + word});
    }
  }
  return findings;
}

}  // namespace certloop::tidy
