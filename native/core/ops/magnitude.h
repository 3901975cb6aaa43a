#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/**
 * largest [] float32 ← the larger of it and every |x|: infinite or NaN where one of them is. x is
 * contiguous float32. Nothing is allocated where kernels of our own compute it.
 */
void include_magnitudes(const at::Tensor& x, const at::Tensor& largest);

}  // namespace dcgan
