#include "train/device_step.hpp"

#include <ATen/ops/index_select.h>

#include <numeric>

#include "base/error.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {

namespace {

constexpr int kBeforeRecording = 3;  // steps that are done one by one, so that libraries have what they allocate once

/// All rows, dense, on a device; undefined where that takes more than `most_bytes`.
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

const std::vector<Tensor>& DeviceInbox::put(const std::vector<Tensor>& tensors) {
  bool same = views_.size() == tensors.size();
  std::int64_t size = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    same = same && views_[i].defined() == tensors[i].defined() &&
           (!tensors[i].defined() || views_[i].sizes() == tensors[i].sizes());
    if (tensors[i].defined()) size += tensors[i].numel();
  }
  if (!same) {
    host_ = at::empty({size}, options_.device(at::kCPU));
    numbers_ = at::empty({size}, options_);
    views_.clear();
    std::int64_t at = 0;
    for (const Tensor& tensor : tensors) {
      if (!tensor.defined()) {
        views_.emplace_back();
        continue;
      }
      views_.push_back(numbers_.narrow(0, at, tensor.numel()).view(tensor.sizes()));
      at += tensor.numel();
    }
  }
  std::int64_t at = 0;
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) continue;
    host_.narrow(0, at, tensor.numel()).copy_(tensor.reshape({-1}));
    at += tensor.numel();
  }
  // Pageable memory: the numbers have left it when this returns, though the device may not have them yet.
  numbers_.copy_(host_, /*non_blocking=*/true);
  return views_;
}

DeviceStep::DeviceStep(const Parts& parts, const CsrView<float>& rows, std::int64_t most_bytes)
    : parts_(parts), weights_(parts.model.parameters().tensors()),
      rows_(rows_on_device(rows, parts.model.parameters().options(), most_bytes)),
      sums_(at::zeros({6}, parts.model.parameters().options())), numbers_(parts.model.parameters().options()),
      indices_(parts.model.parameters().options().dtype(at::kLong)) {
  if (!sums_.is_cpu()) stream_ = make_recording_stream();
}

void DeviceStep::work() {
  const LossTerms terms =
      objective(parts_.model, parts_.model.forward(input_), input_.x, y_, schedule_, parts_.objective);
  parts_.adam.step_with(torch_compat::gradients(terms.total, weights_), adam_factors_);
  const at::NoGradGuard no_grad;
  sums_.add_(at::stack({terms.total, terms.mmd, terms.mse, terms.kl, terms.sparsity, terms.smoothness}).detach());
}

void DeviceStep::run(const ModelInput& input, const BatchRows& batch, const Schedule& schedule) {
  GRACEVAE_CHECK(input.targets.size() == 1, "one target in training");
  const at::TensorOptions host = parts_.model.parameters().options().device(at::kCPU);
  std::vector<Tensor> given{parts_.adam.next_factors(), input.targets.front(), input.epsilon,
                            input.pathway_values,       input.embedding,       input.dropout};
  if (!rows_.defined()) {
    given.push_back(cells_tensor(batch.rows, batch.controls, host));
    given.push_back(cells_tensor(batch.rows, batch.cells, host));
  }
  const std::vector<Tensor>& there = numbers_.put(given);
  adam_factors_ = there[0];
  input_.targets = {there[1]};
  input_.epsilon = there[2];
  input_.pathway_values = there[3];
  input_.embedding = there[4];
  input_.dropout = there[5];
  input_.tau = schedule.tau;
  schedule_ = schedule;
  std::vector<Tensor> cells;
  if (rows_.defined()) cells = indices_.put({as_indices(batch.controls), as_indices(batch.cells)});
  const auto step = [&, this] {
    input_.x = rows_.defined() ? at::index_select(rows_, 0, cells[0]) : there[6];
    y_ = rows_.defined() ? at::index_select(rows_, 0, cells[1]) : there[7];
    work();
  };

  Key key{schedule.alpha, schedule.beta, schedule.tau, {}};
  for (const Tensor& tensor : there)
    key.shapes.push_back(tensor.defined() ? tensor.sizes().vec() : std::vector<std::int64_t>{});
  for (const Tensor& tensor : cells) key.shapes.push_back(tensor.sizes().vec());
  if (key_ != key) {
    key_ = std::move(key);
    n_done_ = 0;
    recorded_.reset();
  }
  if (!recorded_ && stream_ && n_done_ == kBeforeRecording) recorded_ = stream_->record(step);
  if (recorded_)
    recorded_->play();
  else
    step();
  n_done_ = std::min(n_done_ + 1, kBeforeRecording);
}

std::vector<double> DeviceStep::take_sums() {
  const Tensor sums = sums_.to(at::TensorOptions().device(at::kCPU).dtype(at::kDouble)).clone();
  sums_.zero_();
  return {sums.data_ptr<double>(), sums.data_ptr<double>() + sums.numel()};
}

}  // namespace gracevae::impl
