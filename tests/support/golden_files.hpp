#pragma once
// Files of reference values: tests/golden/golden.json, and where they are ../shared/golden/golden.json and the file
// that $GRACEVAE_GOLDEN names, all of one form.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace gracevae::impl {

/// By what the file is: own, shared, given.
inline std::map<std::string, std::filesystem::path> golden_paths() {
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  const std::filesystem::path root(source ? source : ".");
  std::map<std::string, std::filesystem::path> paths{{"own", root / "tests/golden/golden.json"}};
  if (const auto shared = root / "../shared/golden/golden.json"; std::filesystem::exists(shared))
    paths["shared"] = shared;
  if (const char* given = std::getenv("GRACEVAE_GOLDEN")) paths["given"] = given;
  return paths;
}

/// Their content; null for one that cannot be read.
inline const std::map<std::string, nlohmann::json>& golden_files() {
  static const std::map<std::string, nlohmann::json> files = [] {
    std::map<std::string, nlohmann::json> content;
    for (const auto& [name, path] : golden_paths()) {
      std::ifstream stream(path);
      content[name] = stream ? nlohmann::json::parse(stream) : nlohmann::json();
    }
    return content;
  }();
  return files;
}

}  // namespace gracevae::impl
