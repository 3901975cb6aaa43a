#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/** What each image of a batch counts in a gradient: sᵦ times its activation, and tᵦ beside it. */
struct ImageWeights {
  /** s [B]; undefined where every image counts once. */
  at::Tensor factor = {};
  /** t of the images from number `first` on, like the activation; undefined where there is none. */
  at::Tensor tangent = {};
  int64_t first = 0;
};

/** x [B, …] float32 or bfloat16 → sᵦ xᵦ + tᵦ, in place; without factor x as it is. */
at::Tensor weighted(const at::Tensor& x, const ImageWeights& weights);

/** δ [B, …, C] → Σ sᵦ δᵦ [C] over images and pixels, s [B] or undefined. */
at::Tensor weighted_sum(const at::Tensor& delta, const at::Tensor& factor);

}  // namespace dcgan
