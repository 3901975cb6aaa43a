#pragma once

#include <ATen/ATen.h>

#include <optional>

#include "../kernels/philox.h"

namespace dcgan {

/**
 * x ← dropout(leaky(x + b)) in place, x [N, C] float32 or bfloat16, b [C] float32, `slope` that of
 * LeakyReLU below zero. Dropout scales what it keeps by 1 / (1 − rate). The mask of element i is a
 * function of (generator, i) and is never stored: what is dropped is written as −0, what is kept
 * and zero as +0, so that the backward pass reads the mask from the signs. Where libtorch's
 * operators compute it, `generator` draws the mask instead.
 */
void bias_leaky_relu_dropout(const at::Tensor& x, const at::Tensor& bias, double slope, double rate,
                             const Philox& random,
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
