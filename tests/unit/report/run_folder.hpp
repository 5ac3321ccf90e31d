#pragma once
/// @file A run's files in a temporary folder, and a check that a page is well-formed.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl::test {

class RunFolderTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const { write_text(folder_ / name, text); }
  void write_options(const std::string& model = "grace-vae", int epochs = 2) const {
    write("options.toml",
          "[screen]\nfile = \"/data/screen.h5ad\"\n\n[split]\nsplit = \"random\"\n\n[model]\nmodel = \"" + model +
              "\"\n\n[train]\nepochs = " + std::to_string(epochs) +
              "\nseed = 7\n\n[environment]\nversion = \"9.8.7\"\n");
  }
  static std::string epoch(int number, const std::string& loss = "2.5", const std::string& more = "") {
    return "{\"epoch\": " + std::to_string(number) + ", \"loss\": " + loss +
           ", \"mmd\": 0.5, \"mse\": 0.1, \"kl\": 1.5, \"sparsity\": 3, \"alpha\": 1, \"beta\": 0, \"tau\": 1, \"seconds\": "
           "2, "
           "\"validation\": null" +
           more + "}\n";
  }

  TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path();
};

/// What is wrong with the nesting of tags, "" when nothing is: every tag is closed in order, attributes are quoted, and
/// no '<' or bare '&' stands in the text. Knows what our pages use: no comments, no CDATA.
inline std::string malformed(const std::string& page) {
  std::vector<std::string> open;
  std::size_t at = 0;
  while (at < page.size()) {
    if (page[at] == '&') {
      const std::size_t end = page.find(';', at);
      const std::string entity = end == std::string::npos ? "" : page.substr(at, end - at + 1);
      if (entity != "&amp;" && entity != "&lt;" && entity != "&gt;" && entity != "&quot;" && entity != "&#39;")
        return "bare & at ..." + page.substr(at, 30);
    }
    if (page[at] != '<') {
      ++at;
      continue;
    }
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) return "a tag without end";
    std::string tag = page.substr(at + 1, end - at - 1);
    at = end + 1;
    if (tag.starts_with("!DOCTYPE")) continue;
    if (tag.find('<') != std::string::npos) return "< within the tag " + tag;
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return "odd quotes in " + tag;
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1))
        return "</" + tag.substr(1) + "> closes <" + (open.empty() ? "" : open.back()) + ">";
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(tag.substr(0, tag.find_first_of(" \n")));
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

}  // namespace gracevae::impl::test
