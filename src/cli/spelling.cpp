#include "cli/spelling.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <gracevae/options.hpp>

namespace gracevae::cli {

namespace {

constexpr std::string_view kScreen = "screen.file";

const std::set<std::string, std::less<>>& known_keys() {
  static const std::set<std::string, std::less<>> keys = [] {
    std::set<std::string, std::less<>> found{"consensus.min_frequency",
                                             "consensus.threshold",
                                             "evaluate.truth",
                                             "prepare.output",
                                             "sweep.jobs",
                                             "sweep.screen",
                                             "sweep.task",
                                             "splits.force"};
    for (const OptionInfo& option : Options().list()) found.insert(option.key);
    return found;
  }();
  return keys;
}

bool is_of_a_key(char c) {
  return std::islower(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c)) || c == '_' ||
         c == '.';
}
/// Next to one of these it is part of a path or a longer name.
bool joins(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '-' || c == '_'; }

}  // namespace

std::string flag_of(std::string_view key) {
  if (key == kScreen) return "SCREEN";
  std::string flag = "--" + std::string(key.substr(key.find('.') + 1));
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string with_flags(const std::string& text) {
  std::string spelled;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_of_a_key(text[end])) ++end;
    std::string_view word(text.data() + i, end - i);
    while (word.ends_with('.')) word.remove_suffix(1);  // of the sentence
    const bool alone = (i == 0 || !joins(text[i - 1])) && (end == text.size() || !joins(text[end]));
    if (alone && known_keys().contains(word))
      spelled += flag_of(word);
    else
      spelled += word;
    i += word.size();
    if (word.empty()) spelled += text[i++];
  }
  return spelled;
}

}  // namespace gracevae::cli
