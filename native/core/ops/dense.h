#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/**
 * x [B, in], w [out, in] float32 → y [B, out] = x wᵀ, of the type of x: on the CPU by our own product of
 * float32, on other devices by libtorch's.
 */
at::Tensor dense(const at::Tensor& x, const at::Tensor& w);

/** dy [B, out], w [out, in] → dx [B, in] = dy w, of the type of dy. */
at::Tensor dense_input_gradient(const at::Tensor& dy, const at::Tensor& w);

/** x [B, in], dy [B, out] → dw [out, in] = dyᵀ x float32, written. */
void dense_weight_gradient(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& dw);

}  // namespace dcgan
