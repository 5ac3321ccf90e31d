#include "run/run_folder.hpp"

#include <algorithm>
#include <array>

namespace gracevae::impl {

namespace fs = std::filesystem;

bool is_fresh(const fs::path& result, std::span<const fs::path> inputs) {
  std::error_code error;
  const fs::file_time_type made = fs::last_write_time(result, error);
  if (error) return false;
  return std::ranges::none_of(inputs, [&](const fs::path& input) {
    std::error_code gone;
    const fs::file_time_type changed = fs::last_write_time(input, gone);
    return !gone && changed > made;
  });
}

bool is_fresh(const fs::path& result, const RunFolder& run) { return is_fresh(result, std::array{run.model()}); }

std::vector<fs::path> outdated_results(const RunFolder& run) {
  std::vector<fs::path> outdated;
  for (fs::path result : std::array{run.predictions(), run.metrics(), ExplanationFolder{run.explanation()}.record()})
    if (fs::exists(result) && !is_fresh(result, run)) outdated.push_back(std::move(result));
  return outdated;
}

}  // namespace gracevae::impl
