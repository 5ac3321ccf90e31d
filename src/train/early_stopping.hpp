#pragma once
/// @file When training has stopped improving.
#include <cmath>
#include <cstdint>
#include <limits>

namespace gracevae::impl {

/// Counts epochs since the validation score last improved. Its state follows from the scores, so that a resumed run
/// gets it back from its history.
/// @test tests/unit/train/early_stopping_test.cpp
class EarlyStopping {
 public:
  EarlyStopping(std::int64_t patience, double least_improvement)
      : patience_(patience), least_improvement_(least_improvement) {}

  /// The score of the next epoch; lower is better.
  void add(double score) {
    const bool improves = std::isinf(mark_) || score < mark_ - least_improvement_ * std::abs(mark_);
    if (improves) mark_ = score;
    epochs_without_ = improves ? 0 : epochs_without_ + 1;
  }
  bool stops() const { return epochs_without_ >= patience_; }

 private:
  std::int64_t patience_;
  double least_improvement_;
  double mark_ = std::numeric_limits<double>::infinity();  ///< what the next improvement is measured from
  std::int64_t epochs_without_ = 0;
};

}  // namespace gracevae::impl
