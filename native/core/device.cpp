#include "device.h"

#include <ATen/Context.h>

#include "error.h"
#include "ops/convolution.h"

namespace dcgan {
namespace {

/** libtorch keeps these for the whole process, but for the last: who was opened last decides. */
void use_cuda_settings(const Options& options) {
  auto& context = at::globalContext();
  context.setAllowTF32CuDNN(options.tf32);
  context.setAllowTF32CuBLAS(options.tf32);
  // Shapes are static, so trying every algorithm in the first step pays.
  context.setBenchmarkCuDNN(true);
  use_channels_last(options.memory_format == "channels-last");
}

at::Device resolve_device(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  const int64_t devices = at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
  if (name == "auto") return devices > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  const int64_t index = name.size() > 5 ? std::stoll(name.substr(5)) : 0;
  if (index >= devices) {
    throw Error("ERR_DEVICE",
                "Device '" + name + "' is not there: libtorch sees " + std::to_string(devices) +
                    " CUDA devices. Use device 'cpu' or 'auto', or a CUDA build of libtorch with a driver.");
  }
  return {at::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace

at::Device open_device(const Options& options) {
  const auto device = resolve_device(options.device);
  if (!device.is_cpu()) use_cuda_settings(options);
  return device;
}

}  // namespace dcgan
