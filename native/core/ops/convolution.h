#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/**
 * The geometry of a 5×5 convolution with Keras's padding `same` from a large map [B, S, S, Cin] to a small
 * one [B, S/stride, S/stride, Cout], weights [Cout, Cin, 5, 5]. A transposed convolution is the same thing
 * read backwards: its forward pass is `convolution_input_gradient`, its input gradient is `convolution`.
 * `same` pads 1 before and 2 after at stride 2 (even sizes), 2 and 2 at stride 1.
 */

/** x [B, S, S, Cin], w [Cout, Cin, 5, 5] → y [B, S/stride, S/stride, Cout]. */
at::Tensor convolution(const at::Tensor& x, const at::Tensor& w, int64_t stride);

/** dy [B, S/stride, S/stride, Cout], w [Cout, Cin, 5, 5] → dx [B, S, S, Cin]. */
at::Tensor convolution_input_gradient(const at::Tensor& dy, const at::Tensor& w, int64_t stride);

/** x [B, S, S, Cin], dy [B, S/stride, S/stride, Cout] → dw [Cout, Cin, 5, 5]. */
at::Tensor convolution_weight_gradient(const at::Tensor& x, const at::Tensor& dy, int64_t stride);

}  // namespace dcgan
