#pragma once

#include <cstdint>
#include <string>

namespace dcgan {

/** The options of lib/options.ts, checked and complete. */
struct Options {
  int64_t batch_size = 128;
  int64_t latent_size = 100;
  /** That of the first step: it can be set. */
  double learning_rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-7;
  double dropout = 0.3;
  uint64_t seed = 0;
  std::string device = "auto";
  std::string precision = "float32";
  int threads = 0;
  /** On CUDA: multiply float32 with the 10-bit mantissas of TensorFloat-32. */
  bool tf32 = false;
  /**
   * On CUDA: how libtorch's convolutions get the maps, "channels-last" (as
   * they lie) or "contiguous".
   */
  std::string memory_format = "channels-last";
};

}  // namespace dcgan
