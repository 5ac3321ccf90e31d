#pragma once
/// @file Training curves of one or several runs.
#include <string>
#include <vector>

#include "report/run_files.hpp"
#include "report/svg_chart.hpp"

namespace gracevae::impl {

struct TrainingCurve {
  LineChart chart;
  std::string meaning;  ///< one line under the title
};

/// Everything in history.jsonl. Of one run a curve may have several lines; of several runs each line is a chart of its
/// own with a line a run. Terms that are 0 in every run are left out; runs without a history too.
std::vector<TrainingCurve> training_curves(const std::vector<RunFiles>& runs);

}  // namespace gracevae::impl
