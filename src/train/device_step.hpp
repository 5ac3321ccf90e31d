#pragma once
/// @file A training step by autograd on an asynchronous device, such as a GPU.
#include <memory>
#include <optional>
#include <vector>

#include "train/gpu.hpp"
#include "train/training_step.hpp"

namespace gracevae::impl {

/// Tensors at fixed addresses of a device that are refilled in one copy.
class DeviceInbox {
 public:
  /// A tensor of the host, and the variable that gets its counterpart on the device.
  struct Parcel {
    Tensor from;
    Tensor* to;
  };

  explicit DeviceInbox(const at::TensorOptions& options) : options_(options) {}
  /// Sends them. Each arrives with its shape, or undefined; addresses do not change as long as no shape does.
  void put(const std::vector<Parcel>& parcels);
  /// Of the tensors last sent; empty for undefined ones.
  std::vector<std::vector<std::int64_t>> shapes() const;

 private:
  bool fits(const std::vector<Parcel>& parcels) const;
  void make_room(const std::vector<Parcel>& parcels);

  at::TensorOptions options_;
  Tensor numbers_, host_;
  std::vector<Tensor> views_;
};

/// No step waits for the device: it holds the screen's rows (or is sent the batch, where they do not fit), gets what is
/// new in two copies, Adam's factors included, and sums up the loss terms. Where the library supports it, a step is
/// recorded once per schedule and shape of batch and replayed in one launch.
/// @test tests/unit/train/device_step_test.cpp
class DeviceStep : public TrainingStep {
 public:
  /// The screen's rows are kept on the device if they take at most `most_bytes`.
  DeviceStep(const Parts& parts, std::int64_t most_bytes);

  void take(const StepBatch& batch) override;
  std::vector<Tensor> gradients(const StepBatch& batch) override;
  LossSums take_sums() override;
  std::int64_t read_every() const override { return 64; }
  bool holds_rows() const { return rows_.defined(); }

 private:
  /// What a recording is valid for.
  struct Key {
    double alpha, beta, tau;
    std::vector<std::vector<std::int64_t>> shapes;
    bool operator==(const Key&) const = default;
  };
  void send(const StepBatch& batch);
  LossTerms terms();
  void work();
  void repeat();

  Parts parts_;
  std::vector<Tensor> weights_;
  Tensor rows_;  // [n_cells, n_genes] on the device, undefined where they do not fit
  Tensor sums_;  // [kTerms]
  std::int64_t n_summed_ = 0;
  DeviceInbox numbers_, indices_;
  ModelInput input_;  // on the device
  std::vector<Tensor> targets_;
  Tensor y_, adam_factors_, observation_;
  Tensor controls_, cells_;  // of the batch, in rows_; undefined where those do not fit
  std::unique_ptr<RecordingStream> stream_;
  std::unique_ptr<RecordedWork> recorded_;
  std::optional<Key> key_;
  int n_done_ = 0;  // steps run with this key
};

}  // namespace gracevae::impl
