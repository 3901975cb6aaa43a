#pragma once

#include <ATen/ATen.h>

#include "../network/parameters.h"
#include "../options.h"
#include "../parallel/batch_share.h"

namespace dcgan {

/**
 * Random changes of the images before the discriminator sees them, of reals and fakes alike (Zhao, Liu, Lin,
 * Zhu and Han 2020, "Differentiable Augmentation for Data-Efficient GAN Training"), with their ranges:
 *   colour: brightness + [−½, ½), saturation × [0, 2), contrast × [½, 3/2), about the means;
 *   translate: by whole pixels, at most an eighth of the size each way; what comes in is grey;
 *   cutout: a square of half the size turns grey.
 * Each image is changed by a T of its own, which is affine: its linear part L takes directions to directions,
 * and Lᵀ gradients back. The numbers are a function of (seed, step, place in the batch).
 */
class Augmentation {
 public:
  /** Of `parts` times the images of `share`; `tensor` are the options of the numbers. */
  Augmentation(const Options& options, int64_t parts, const BatchShare& share,
               const at::TensorOptions& tensor);

  bool enabled() const { return translate_ || cutout_ || colour_; }

  /** Before a step. */
  void draw(uint64_t seed, int64_t step);

  /** x [count, S, S, C] → T x. */
  at::Tensor apply(const at::Tensor& x) const;
  /** Directions t of the images from number `first` on → L t. */
  at::Tensor linear(const at::Tensor& t, int64_t first) const;
  /** Gradients g of the images from number `first` on → Lᵀ g. */
  at::Tensor transposed(const at::Tensor& g, int64_t first) const;

 private:
  /** Column `index` of the numbers of some images, in [0, 1), to be multiplied with them. */
  at::Tensor number(int64_t index, int64_t first, int64_t count) const;
  /** Saturation and contrast: their matrices are symmetric. */
  at::Tensor recoloured(const at::Tensor& x, int64_t first) const;
  /** Every pixel moves by what was drawn (`direction` 1) or back (−1); what comes in is 0. */
  at::Tensor moved(const at::Tensor& x, int64_t first, int64_t direction) const;
  at::Tensor cut(const at::Tensor& x, int64_t first) const;

  const bool translate_, cutout_, colour_;
  const BatchShare share_;
  /** [parts · share, 7]: uniform in [0, 1). */
  at::Tensor numbers_;
};

}  // namespace dcgan
