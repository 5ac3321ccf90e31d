#include <gracevae/text.hpp>

#include "base/nearest.hpp"
#include "base/plain_text.hpp"
#include "base/progress.hpp"
#include "base/shell.hpp"

namespace gracevae {

std::string near_names(std::string_view name, std::span<const std::string> candidates) {
  return impl::nearest_hint(name, candidates);
}
std::string duration_text(double seconds) { return impl::duration_text(seconds); }
std::string shell_word(const std::string& word) { return impl::shell_word(word); }
bool is_plain_text(std::string_view text) { return impl::is_plain_text(text); }
std::string escaped_text(std::string_view text) { return impl::escaped_text(text); }

}  // namespace gracevae
