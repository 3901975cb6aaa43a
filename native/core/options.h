#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dcgan {

/** The options of lib/options.ts, checked and complete. */
struct Options {
  /** Images of a step, those of all processes together. */
  int64_t batch_size = 128;
  int64_t latent_size = 100;
  /** Rows of an image, and columns: b · 2ᵏ with 4 ≤ b ≤ 8 and k ≥ 2. */
  int64_t image_size = 28;
  int64_t channels = 1;
  /** Channels of the largest maps but the image: a multiple of 16. */
  int64_t features = 64;
  /** Of the labels; 0: the networks know none. */
  int64_t classes = 0;

  /** What the networks are trained for: bce, hinge, lsgan, wasserstein or relativistic. */
  std::string objective = "bce";
  /** By how much the target of a real image is below 1, of bce. */
  double label_smoothing = 0;
  /** γ of γ/2 · mean ‖∂D/∂x‖², at the reals and at the fakes. */
  double r1 = 0, r2 = 0;
  /** λ of λ · mean (‖∂D/∂x‖ − 1)², between reals and fakes. */
  double gradient_penalty = 0;
  /** Divide the discriminator's weights by their largest singular value. */
  bool spectral_norm = false;
  /** The generator is trained in every nth step. */
  int64_t discriminator_steps = 1;

  /** They can be set between two steps. */
  double learning_rate = 1e-4;
  std::optional<double> learning_rate_generator, learning_rate_discriminator;
  /** Steps in which a cosine leads to the final values; 0: nothing changes. */
  int64_t schedule_steps = 0;
  std::optional<double> final_learning_rate, final_beta2, final_r1, final_r2;

  /** Changes that both networks see on all images: DiffAugment's. */
  bool translate = false, cutout = false, colour = false;
  /** Images after which an average of the generator's weights has forgotten half; 0: there is none. */
  double ema = 0;

  /** Of several processes: whether the generator's batch statistics are those of the whole batch. */
  bool sync_batch_norm = true;
  /** And whether their gradients are rounded to bfloat16 on their way. */
  bool rounded_gradients = false;

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
