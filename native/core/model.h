#pragma once

#include <ATen/ATen.h>

#include <array>
#include <string>

#include "ops/batch_norm_leaky_relu.h"
#include "options.h"
#include "parameters.h"

namespace dcgan {

/** The fixed geometry of the network. Images are NHWC: [B, 28, 28, 1]. */
inline constexpr int64_t image_size = 28;
inline constexpr int64_t image_pixels = image_size * image_size;
/** The generator's first feature map: [B, 7, 7, 256], flattened in HWC order. */
inline constexpr int64_t base_size = 7, base_channels = 256,
                         base_features = base_size * base_size * base_channels;
/** The discriminator's last one: [B, 7, 7, 128]. */
inline constexpr int64_t logit_features = base_size * base_size * 128;

/** Of the generator's three transposed convolutions. */
inline constexpr std::array<int64_t, 3> generator_strides = {1, 2, 2};

/**
 * The name of layer `index`, counted from 1 in names: ("generator.conv", 0) → "generator.conv1".
 */
inline std::string numbered(const char* name, size_t index) { return name + std::to_string(index + 1); }

inline constexpr float leaky_slope = 0.3f;
/**
 * Keras's conventions of batch normalisation: running ← 0.99 · running + 0.01 · batch,
 * ε in the root.
 */
inline constexpr float norm_momentum = 0.01f;
inline constexpr BatchNormConstants norm_constants = {.epsilon = 1e-3f, .slope = leaky_slope};

/** Scale, shift and statistics of one batch normalisation over `channels`. */
struct Norm {
  at::Tensor weight, bias, weight_gradient, bias_gradient, running_mean, running_var;
};

/** z [B, latent] → images [B, 28, 28, 1] in [-1, 1]. */
class Generator {
 public:
  Generator(const Options& options, at::Device device, Use use);

  /** Glorot-uniform weights, unit scales, zero shifts; a function of the seed alone. */
  void initialise(uint64_t seed);

  /** Inference: running statistics, no dropout. z [n, latent] float32 → [n, 28, 28, 1] float32. */
  at::Tensor generate(const at::Tensor& z) const;

  Parameters parameters;
  at::Tensor dense, dense_gradient;
  std::array<Norm, 3> norm;
  std::array<at::Tensor, 3> conv, conv_gradient;
};

/** Images [B, 28, 28, 1] → logits [B]. */
class Discriminator {
 public:
  explicit Discriminator(at::Device device);

  void initialise(uint64_t seed);

  /** Inference, without dropout. images [n, 28, 28, 1] float32 → logits [n] float32. */
  at::Tensor discriminate(const at::Tensor& images) const;

  Parameters parameters;
  std::array<at::Tensor, 2> conv, conv_gradient, bias, bias_gradient;
  at::Tensor dense, dense_gradient, dense_bias, dense_bias_gradient;
};

}  // namespace dcgan
