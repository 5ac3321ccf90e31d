#include "causal/torch_compat.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/optim/lbfgs.h>

#include <latch>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.hpp"

namespace gracevae::impl::torch_compat {

std::string version() { return TORCH_VERSION; }
bool has_cuda() { return at::globalContext().hasCUDA(); }

namespace {

/// LibTorch's pool of threads, one a processor, waits for ever for those that the system refuses to start.
void require_threads(unsigned n) {
  std::vector<std::thread> started;
  bool all = true;
  std::latch end(1);
  try {
    while (started.size() < n) started.emplace_back([&end] { end.wait(); });
  } catch (const std::system_error&) {
    all = false;
  }
  end.count_down();
  for (std::thread& thread : started) thread.join();
  if (!all)
    throw IoError({.found = fmt::format("only {} threads can be started", started.size()),
                   .expected = std::to_string(n)},
                  "allow this user more processes (ulimit -u), or end some");
}

}  // namespace

void set_threads(int threads) {
  static std::once_flag once;
  std::call_once(once, [] { require_threads(std::thread::hardware_concurrency()); });
  at::set_num_threads(threads);
}
int threads() { return at::get_num_threads(); }

double minimise(const std::function<Tensor()>& loss, const std::vector<Tensor>& parameters,
                const std::vector<Tensor>& masks, int max_iterations, double tolerance) {
  torch::optim::LBFGS optimiser(parameters, torch::optim::LBFGSOptions(1)
                                                .max_iter(max_iterations)
                                                .history_size(20)
                                                .tolerance_change(tolerance)
                                                .line_search_fn("strong_wolfe"));
  double last = 0;
  optimiser.step([&] {
    const Tensor value = loss();
    const std::vector<Tensor> slopes = gradients(value, parameters);
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      Tensor slope = slopes[i].defined() ? slopes[i] : at::zeros_like(parameters[i]);
      parameters[i].mutable_grad() = (masks[i].defined() ? slope * masks[i] : slope).detach().contiguous();
    }
    last = value.item<double>();
    return value.detach();
  });
  for (const Tensor& parameter : parameters) parameter.mutable_grad() = Tensor();
  return last;
}

}  // namespace gracevae::impl::torch_compat
