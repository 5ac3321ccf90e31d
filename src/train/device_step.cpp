#include "train/device_step.hpp"

#include <ATen/ops/index_select.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "base/error.hpp"
#include "base/log.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {

namespace {

constexpr int kBeforeRecording = 3;  // steps run directly first, so that libraries make their one-time allocations

/// All rows, dense, on the device; undefined if they take more than `most_bytes`.
Tensor rows_on_device(const CsrView<float>& rows, const at::TensorOptions& options, std::int64_t most_bytes) {
  constexpr std::int64_t kBlock = 4096;
  const auto bytes = rows.n_rows * rows.n_cols * static_cast<std::int64_t>(options.dtype().itemsize());
  if (bytes > most_bytes) return {};
  Tensor result = at::empty({rows.n_rows, rows.n_cols}, options);
  std::vector<std::int64_t> cells;
  for (std::int64_t first = 0; first < rows.n_rows; first += kBlock) {
    cells.resize(static_cast<std::size_t>(std::min(kBlock, rows.n_rows - first)));
    std::iota(cells.begin(), cells.end(), first);
    result.narrow(0, first, std::ssize(cells)).copy_(cells_tensor(rows, cells, options.device(at::kCPU)));
  }
  return result;
}

Tensor as_indices(std::span<const std::int64_t> cells) {
  Tensor result = at::empty({std::ssize(cells)}, at::TensorOptions().dtype(at::kLong));
  std::copy(cells.begin(), cells.end(), result.data_ptr<std::int64_t>());
  return result;
}

}  // namespace

bool DeviceInbox::fits(const std::vector<Parcel>& parcels) const {
  return std::ranges::equal(views_, parcels, [](const Tensor& view, const Parcel& parcel) {
    return view.defined() == parcel.from.defined() && (!view.defined() || view.sizes() == parcel.from.sizes());
  });
}

void DeviceInbox::make_room(const std::vector<Parcel>& parcels) {
  std::int64_t size = 0;
  for (const Parcel& parcel : parcels)
    if (parcel.from.defined()) size += parcel.from.numel();
  host_ = at::empty({size}, options_.device(at::kCPU));
  numbers_ = at::empty({size}, options_);
  views_.clear();
  std::int64_t at = 0;
  for (const Parcel& parcel : parcels) {
    Tensor& view = views_.emplace_back();
    if (!parcel.from.defined()) continue;
    view = numbers_.narrow(0, at, parcel.from.numel()).view(parcel.from.sizes());
    at += parcel.from.numel();
  }
}

void DeviceInbox::put(const std::vector<Parcel>& parcels) {
  if (!fits(parcels)) make_room(parcels);
  std::int64_t at = 0;
  for (const Parcel& parcel : parcels) {
    if (!parcel.from.defined()) continue;
    host_.narrow(0, at, parcel.from.numel()).copy_(parcel.from.reshape({-1}));
    at += parcel.from.numel();
  }
  // Pageable memory: it may be overwritten when this returns, even if the device has not received it yet.
  numbers_.copy_(host_, /*non_blocking=*/true);
  for (std::size_t i = 0; i < parcels.size(); ++i) *parcels[i].to = views_[i];
}

std::vector<std::vector<std::int64_t>> DeviceInbox::shapes() const {
  std::vector<std::vector<std::int64_t>> shapes;
  for (const Tensor& view : views_) shapes.push_back(view.defined() ? view.sizes().vec() : std::vector<std::int64_t>{});
  return shapes;
}

DeviceStep::DeviceStep(const Parts& parts, std::int64_t most_bytes)
    : parts_(parts), weights_(parts.model.parameters().tensors()),
      rows_(rows_on_device(parts.data.screen.rows(), parts.model.parameters().options(), most_bytes)),
      sums_(at::zeros({std::ssize(kTerms)}, parts.model.parameters().options())),
      numbers_(parts.model.parameters().options()), indices_(parts.model.parameters().options().dtype(at::kLong)) {
  if (!sums_.is_cpu()) stream_ = make_recording_stream();
}

void DeviceStep::take(const StepBatch& batch) {
  send(batch);
  repeat();
  ++n_summed_;
}

std::vector<Tensor> DeviceStep::gradients(const StepBatch& batch) {
  const std::int64_t before = parts_.adam.n_steps();
  send(batch);
  parts_.adam.set_n_steps(before);
  return torch_compat::gradients(terms().total, weights_);
}

/// Sends what is new in this step.
void DeviceStep::send(const StepBatch& step) {
  const ModelInput& input = step.input;
  const BatchRows& batch = step.rows;
  targets_.resize(input.targets.size());
  std::vector<DeviceInbox::Parcel> parcels{{parts_.adam.next_factors(), &adam_factors_},
                                           {input.epsilon, &input_.epsilon},
                                           {input.pathway_values, &input_.pathway_values},
                                           {input.embedding, &input_.embedding},
                                           {input.covariates, &input_.covariates},
                                           {input.dropout, &input_.dropout},
                                           {step.observation, &observation_}};
  for (std::size_t k = 0; k < targets_.size(); ++k) parcels.push_back({input.targets[k], &targets_[k]});
  if (rows_.defined()) {
    indices_.put({{as_indices(batch.controls), &controls_}, {as_indices(batch.cells), &cells_}});
  } else {
    const at::TensorOptions host = parts_.model.parameters().options().device(at::kCPU);
    parcels.push_back({cells_tensor(batch.rows, batch.controls, host), &input_.x});
    parcels.push_back({cells_tensor(batch.rows, batch.cells, host), &y_});
  }
  numbers_.put(parcels);
  input_.targets = targets_;
  input_.tau = input.tau;
}

LossTerms DeviceStep::terms() {
  if (rows_.defined()) {
    input_.x = at::index_select(rows_, 0, controls_);
    y_ = at::index_select(rows_, 0, cells_);
  }
  ModelOutput output = parts_.model.forward(input_);
  if (parts_.objective.from_prior) output.y_hat = cells_from_prior(parts_.model, input_, observation_);
  return objective(parts_.model, output, input_.x, y_, schedule(), parts_.objective);
}

/// The step itself, on the device.
void DeviceStep::work() {
  const LossTerms found = terms();
  parts_.adam.step_with(torch_compat::gradients(found.total, weights_), adam_factors_);
  const at::NoGradGuard no_grad;
  const auto each = found.in_order();
  sums_.add_(at::stack(std::vector<Tensor>(each.begin(), each.end())).detach());
}

/// Replays the recorded step for this schedule and these shapes if there is one; records the fourth such step.
void DeviceStep::repeat() {
  Key key{schedule().alpha, schedule().beta, input_.tau, numbers_.shapes()};
  std::ranges::move(indices_.shapes(), std::back_inserter(key.shapes));
  if (key_ != key) {
    key_ = std::move(key);
    n_done_ = 0;
    recorded_.reset();
  }
  if (!recorded_ && stream_ && n_done_ == kBeforeRecording) recorded_ = stream_->record([this] { work(); });
  if (recorded_)
    recorded_->play();
  else
    work();
  n_done_ = std::min(n_done_ + 1, kBeforeRecording);
}

LossSums DeviceStep::take_sums() {
  const Tensor sums = sums_.to(at::TensorOptions().device(at::kCPU).dtype(at::kDouble)).clone();
  sums_.zero_();
  LossSums result{.n_steps = std::exchange(n_summed_, 0)};
  std::copy_n(sums.data_ptr<double>(), result.sum.size(), result.sum.begin());
  return result;
}

std::unique_ptr<TrainingStep> make_device_step(const TrainingStep::Parts& parts, std::int64_t most_bytes) {
  auto step = std::make_unique<DeviceStep>(parts, most_bytes);
  log::info("the screen is {} the device", step->holds_rows() ? "on" : "too large for");
  return step;
}

}  // namespace gracevae::impl
