#ifdef GRACEVAE_WITH_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>
#endif

#include "train/gpu.hpp"

namespace gracevae::impl {

#ifdef GRACEVAE_WITH_CUDA

namespace {

class CudaWork : public RecordedWork {
 public:
  explicit CudaWork(const std::function<void()>& work) {
    graph_.capture_begin();
    try {
      work();
    } catch (...) {
      graph_.capture_end();
      throw;
    }
    graph_.capture_end();
  }
  void play() override { graph_.replay(); }

 private:
  at::cuda::CUDAGraph graph_;
};

class CudaStream : public RecordingStream {
 public:
  // Not the default stream, which cannot be recorded.
  CudaStream() : guard_(c10::cuda::getStreamFromPool()) {}
  std::unique_ptr<RecordedWork> record(const std::function<void()>& work) override {
    return std::make_unique<CudaWork>(work);
  }

 private:
  c10::cuda::CUDAStreamGuard guard_;
};

}  // namespace

std::unique_ptr<RecordingStream> make_recording_stream() { return std::make_unique<CudaStream>(); }

std::int64_t free_device_memory() {
  std::size_t free = 0, total = 0;
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  return static_cast<std::int64_t>(free);
}

#else

std::unique_ptr<RecordingStream> make_recording_stream() { return nullptr; }
std::int64_t free_device_memory() { return 0; }

#endif

}  // namespace gracevae::impl
