#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <vector>

#include "../ops/batch_norm_leaky_relu.h"
#include "../ops/weighted_images.h"
#include "../parallel/batch_share.h"
#include "parameters.h"
#include "spectral_norm.h"

namespace dcgan {

/** What a step gives the layers beside the images. */
struct Context {
  /** Dropout draws its masks as a function of seed, step and layer. */
  uint64_t seed;
  int64_t step;
  /** Where libtorch's operators compute, it draws the masks instead. */
  const std::optional<at::Generator>& generator;
  /** Which images of the batch these are; each of a batch's parts, of reals for one, is divided alike. */
  BatchShare share;
  /** The processes over which statistics of the batch are taken; null for those of these images alone. */
  const ProcessGroup* group = nullptr;
  /** [B] int64: the class of each image; undefined without classes. */
  at::Tensor labels = {};
};

/** What the forward pass of a layer keeps for its backward pass. */
struct Kept {
  /** What it read; or, where it works in place, what it made. */
  at::Tensor x, y;
  /** [B] int64: the classes of the images, where they are used. */
  at::Tensor labels;
  /** Of a batch normalisation. */
  BatchStatistics statistics;
  /** What the weights were, in layers that may divide them by their norm. */
  Normalised weight = {}, embedding = {};
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
  virtual at::Tensor forward(const at::Tensor& x, const Context& context, Kept& kept) const = 0;
  /** dy → dx. The gradients of what is trained are written. */
  virtual at::Tensor backward(const at::Tensor& dy, const Kept& kept) const = 0;
  /**
   * x → y once it is trained; `labels` [B] int64 are for networks with classes. What is kept costs nothing to
   * make.
   */
  virtual at::Tensor infer(const at::Tensor& x, const at::Tensor& labels, Kept& kept) const = 0;
  /** dy → dx of `infer`. */
  virtual at::Tensor inference_gradient(const at::Tensor& dy, const Kept& kept) const = 0;
  /**
   * Moves the statistics, unless `sound` [] bool is false. Apart from the passes: a step that fails in
   * between has moved nothing.
   */
  virtual void update_statistics(const Kept& kept, const at::Tensor& sound) const {}

  const std::string name;
  const Shape input, output;
};

/**
 * A layer that treats every image alone and, with the masks of its forward pass held, is linear in x and in
 * its weights but for a bias. A discriminator consists of such layers, which is what makes any objective and
 * any penalty on its gradient one walk back and one forward (docs/architecture.md, "Objectives").
 */
class LinearLayer : public Layer {
 public:
  using Layer::Layer;

  /** dy of the images from number `first` on → their dx, perhaps in place. */
  virtual at::Tensor input_gradient(const at::Tensor& dy, const Kept& kept, int64_t first) const = 0;
  /** The direction t in which x of the images from number `first` on moves → that of y, perhaps in place. */
  virtual at::Tensor tangent(const at::Tensor& t, const Kept& kept, int64_t first) const = 0;
  /**
   * The gradients of what is trained, written: Σ (sᵦ xᵦ + tᵦ) ⊗ δᵦ over the images, of a bias Σ sᵦ δᵦ, with
   * `weights` s and t. δ is what `input_gradient` took, and, where that works in place, made. What the layer
   * kept of x may be overwritten.
   */
  virtual void gradients(const ImageWeights& weights, const at::Tensor& delta, const Kept& kept) const = 0;
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
