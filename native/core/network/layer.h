#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <vector>

#include "../ops/batch_norm_leaky_relu.h"
#include "parameters.h"

namespace dcgan {

/**
 * What the dropout of a step draws its masks from: a function of seed, step and layer, or, where libtorch's
 * operators compute, their generator.
 */
struct Masks {
  uint64_t seed;
  int64_t step;
  const std::optional<at::Generator>& generator;
};

/** What the forward pass of a layer keeps for its backward pass. */
struct Kept {
  /** What it read; or, where it works in place, what it made. */
  at::Tensor x, y;
  /** Of a batch normalisation. */
  BatchStatistics statistics;
};

/**
 * One layer of a network: the shapes of an image's share of what goes in and what comes out, its tensors, and
 * its passes, which leave in `kept` whatever state they have. x [B, …input] and y [B, …output] are
 * contiguous, float32 or bfloat16. A layer may work in place, on x after a layer that keeps only its own
 * input, and on dy.
 */
class Layer {
 public:
  Layer(std::string name_, Shape input_, Shape output_)
      : name(std::move(name_)), input(std::move(input_)), output(std::move(output_)) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /** What is trained, in the order of the flat buffers. */
  virtual std::vector<LayerTensor*> parameters() { return {}; }
  /** What follows the training without a gradient. */
  virtual std::vector<LayerTensor*> statistics() { return {}; }

  /** x → y in training. */
  virtual at::Tensor forward(const at::Tensor& x, const Masks& masks, Kept& kept) const = 0;
  /** dy → dx. The gradients of what is trained are written. */
  virtual at::Tensor backward(const at::Tensor& dy, const Kept& kept) const = 0;
  /** x → y once it is trained. */
  virtual at::Tensor infer(const at::Tensor& x) const = 0;
  /**
   * Moves the statistics, unless `sound` [] bool is false. Apart from the passes: a step that fails in
   * between has moved nothing.
   */
  virtual void update_statistics(const Kept& kept, const at::Tensor& sound) const {}

  const std::string name;
  const Shape input, output;
};

/** A layer whose two gradients can be had apart: first in a network whose input's gradient is wanted for some
 * images. */
class SplitLayer : public Layer {
 public:
  using Layer::Layer;

  /** dy → the gradients of what is trained. */
  virtual void weight_gradient(const at::Tensor& dy, const Kept& kept) const = 0;
  /** dy of some images → their dx. */
  virtual at::Tensor input_gradient(const at::Tensor& dy) const = 0;
};

/** A batch whose images have this shape; the same memory. */
inline at::Tensor batch_of(const at::Tensor& x, const Shape& shape) {
  Shape sizes = {-1};
  sizes.insert(sizes.end(), shape.begin(), shape.end());
  return x.view(sizes);
}

/** [B, …, C] → [rows, C], the same memory. */
inline at::Tensor rows_of(const at::Tensor& x) { return x.view({-1, x.size(-1)}); }

}  // namespace dcgan
