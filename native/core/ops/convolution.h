#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/** Rows of a kernel, and columns. */
inline constexpr int64_t kernel_size = 5;

/**
 * A 5×5 convolution with Keras's padding `same` from a large map x [B, S, S, Cin] to a small one
 * y [B, S/stride, S/stride, Cout], weights w [Cout, Cin, 5, 5] float32; all contiguous. `same`
 * pads 1 before and 2 after at stride 2 (even sizes), 2 and 2 at stride 1. A transposed
 * convolution is the same thing read backwards: its forward pass is `convolution_input_gradient`,
 * its input gradient is `convolution`.
 *
 * On the CPU, maps of the sizes and channels that winograd.h and image_convolution.h are for go
 * through these; whatever else, and everything when DCGAN_CONVOLUTIONS=direct is in the
 * environment, through libtorch's convolutions.
 */
at::Tensor convolution(const at::Tensor& x, const at::Tensor& w, int64_t stride);

/** dy like y → dx like x. */
at::Tensor convolution_input_gradient(const at::Tensor& dy, const at::Tensor& w, int64_t stride);

/** x and dy → dw [Cout, Cin, 5, 5] float32, written. */
void convolution_weight_gradient(const at::Tensor& x, const at::Tensor& dy, int64_t stride,
                                 const at::Tensor& dw);

/** The backward pass of a convolution: x, dy → dw, written, and dx. */
at::Tensor convolution_backward(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& w,
                                int64_t stride, const at::Tensor& dw);

/**
 * The backward pass of a transposed convolution, whose input is the small map and whose output
 * the large one: input [B, S/stride, …, Cout], output_gradient [B, S, S, Cin] → dw, written,
 * and the input's gradient.
 */
at::Tensor transposed_convolution_backward(const at::Tensor& input, const at::Tensor& output_gradient,
                                           const at::Tensor& w, int64_t stride, const at::Tensor& dw);

/**
 * Whether libtorch's convolutions of this thread get the maps channels-last, as they lie in memory
 * (the default), or copied to channels-first. Each trainer and each generator has a
 * thread of its own.
 */
void use_channels_last(bool channels_last);

}  // namespace dcgan
