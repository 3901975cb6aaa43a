#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/**
 * x [B, in], w [out, in] → y [B, out] = x wᵀ, of the type of x. float32 on the CPU
 * through gemm.h, else libtorch's.
 */
at::Tensor dense(const at::Tensor& x, const at::Tensor& w);

/** x [B, in], dy [B, out] → dw [out, in] = dyᵀ x float32, written. */
void dense_weight_gradient(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& dw);

}  // namespace dcgan
