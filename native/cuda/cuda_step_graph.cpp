/**
 * The plug-in for CUDA: records a training step as a CUDA graph. It alone needs the headers of
 * CUDA; the core serves CPU and CUDA builds of libtorch alike.
 */
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "../core/training/step_graph.h"

namespace dcgan {
namespace {

/** Older versions of libtorch are told which generators a graph draws from, newer ones notice. */
template <typename Graph>
void register_generator(Graph& graph, const at::Generator& generator) {
  if constexpr (requires { graph.register_generator_state(generator); }) {
    graph.register_generator_state(generator);
  }
}

class CudaStepGraph : public StepGraph {
 public:
  CudaStepGraph(at::Device device, const at::Generator& generator) : device_(device), generator_(generator) {}

  void capture(const std::function<void()>& work) override {
    const c10::cuda::CUDAGuard device(device_);
    // The default stream cannot be captured; what ran on it must be over before
    // another one goes on.
    c10::cuda::device_synchronize();
    const c10::cuda::CUDAStreamGuard stream(c10::cuda::getStreamFromPool(false, device_.index()));
    register_generator(graph_, generator_);
    // Other trainers of this process go on meanwhile: only this thread's calls are captured.
    graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    try {
      work();
    } catch (...) {
      end_quietly();
      throw;
    }
    graph_.capture_end();
  }

  void replay() override {
    const c10::cuda::CUDAGuard device(device_);
    graph_.replay();
  }

 private:
  /** Leaves the capture of a stream that failed; why it failed is what the caller throws. */
  void end_quietly() {
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {
    }
    graph_.reset();
  }

  const at::Device device_;
  const at::Generator generator_;
  at::cuda::CUDAGraph graph_;
};

std::unique_ptr<StepGraph> make(at::Device device, const at::Generator& generator) {
  return std::make_unique<CudaStepGraph>(device, generator);
}

}  // namespace
}  // namespace dcgan

/** The loader hands this to the core (`dcgan_use_step_graphs`). */
extern "C" __attribute__((visibility("default"))) dcgan::MakeStepGraph dcgan_cuda_step_graphs() {
  return dcgan::make;
}
