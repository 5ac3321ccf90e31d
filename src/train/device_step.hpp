#pragma once
/// @file A step of training by autograd on a device that works on its own, such as a GPU.
#include <memory>
#include <optional>
#include <vector>

#include "train/gpu.hpp"
#include "train/objective.hpp"
#include "train/optimiser.hpp"
#include "train/sliced_engine.hpp"

namespace gracevae::impl {

/// Tensors that stay where they are on a device and get new numbers in one copy.
class DeviceInbox {
 public:
  /// A tensor of the host, and the variable that gets its counterpart on the device.
  struct Parcel {
    Tensor from;
    Tensor* to;
  };

  explicit DeviceInbox(const at::TensorOptions& options) : options_(options) {}
  /// Sends them. What arrives has the shape of what was sent, undefined where that is, and stays where it is as long as
  /// all shapes are the same.
  void put(const std::vector<Parcel>& parcels);
  /// Of what was sent last; empty for undefined tensors.
  std::vector<std::vector<std::int64_t>> shapes() const;

 private:
  bool fits(const std::vector<Parcel>& parcels) const;
  void make_room(const std::vector<Parcel>& parcels);

  at::TensorOptions options_;
  Tensor numbers_, host_;
  std::vector<Tensor> views_;
};

/// Nothing in a step waits for the device: the screen's rows are there (or, where they do not fit, the batch is sent),
/// what is new in a step goes there in two copies, Adam's factors included, and the loss terms add up there. Where the
/// library can, a step is recorded once for every schedule and shape of batch, and played again in one launch.
/// @test tests/unit/train/device_step_test.cpp
class DeviceStep {
 public:
  struct Parts {
    const Model& model;
    Adam& adam;
    ObjectiveOptions objective;
  };
  /// Rows of the screen are put on the device when they take at most `most_bytes` there.
  DeviceStep(const Parts& parts, const CsrView<float>& rows, std::int64_t most_bytes);

  /// `input` as control_features makes it, on the host.
  void run(const ModelInput& input, const BatchRows& batch, const Schedule& schedule);
  /// Sums of loss, MMD, MSE, KL, sparsity and smoothness since the last call. Waits for the device.
  std::vector<double> take_sums();
  bool holds_rows() const { return rows_.defined(); }

 private:
  /// What a recording was made for: anything else needs one of its own.
  struct Key {
    double alpha, beta, tau;
    std::vector<std::vector<std::int64_t>> shapes;
    bool operator==(const Key&) const = default;
  };
  void send(const ModelInput& input, const BatchRows& batch);
  void work();
  void repeat();

  Parts parts_;
  std::vector<Tensor> weights_;
  Tensor rows_;  // [n_cells, n_genes] on the device, undefined where they do not fit
  Tensor sums_;  // [6]
  DeviceInbox numbers_, indices_;
  ModelInput input_;  // on the device, as all of the batch
  Tensor y_, target_, adam_factors_;
  Tensor controls_, cells_;  // rows of rows_; undefined where those do not fit
  Schedule schedule_;
  std::unique_ptr<RecordingStream> stream_;
  std::unique_ptr<RecordedWork> recorded_;
  std::optional<Key> key_;
  int n_done_ = 0;  // steps of this key
};

}  // namespace gracevae::impl
