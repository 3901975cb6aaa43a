#pragma once

#include <ATen/ATen.h>

#include <optional>

#include "../kernels/philox.h"

namespace dcgan {

/**
 * Where the elements of x stand among those that all masks of a step are drawn for: x has parts of `part`
 * elements, the first of which stands at `first`, the next `stride` further on. All are multiples of 16.
 */
struct MaskPlaces {
  int64_t part, stride, first;
};

/** Of x that are all of a step. */
inline MaskPlaces all_places(const at::Tensor& x) { return {x.numel(), x.numel(), 0}; }

/**
 * x ← dropout(leaky(x + b)) in place, x [N, C] float32 or bfloat16, b [C] float32, `slope` that of
 * LeakyReLU below zero. Dropout scales what it keeps by 1 / (1 − rate). The mask of an element is a
 * function of (generator, place) and is never stored: what is dropped is written as −0, what is kept
 * and zero as +0, so that the backward pass reads the mask from the signs. Where libtorch's
 * operators compute it, `generator` draws the mask instead.
 */
void bias_leaky_relu_dropout(const at::Tensor& x, const at::Tensor& bias, double slope, double rate,
                             const Philox& random, const MaskPlaces& places,
                             const std::optional<at::Generator>& generator = std::nullopt);

/**
 * dy ← gradient with respect to x + b, y the output of the forward pass, all [N, C];
 * db [C] is written.
 */
void bias_leaky_relu_dropout_backward(const at::Tensor& dy, const at::Tensor& y, double slope, double rate,
                                      const at::Tensor& bias_gradient);

/**
 * dy ← m ⊙ dy, m = slope · kept / (1 − rate) the slopes of the forward pass that made y: the gradient without
 * that of the bias.
 */
void leaky_relu_dropout_slopes(const at::Tensor& dy, const at::Tensor& y, double slope, double rate);

}  // namespace dcgan
