#pragma once

#include <cstdint>
#include <memory>

#include "convolution_kernel.h"
#include "gemm.h"

namespace dcgan {

/**
 * Stride 1 on 7×7 maps, by F(4, 5) and F(3, 5): 225 multiplications an image and pair of channels instead of
 * 1225. `in` and `out` are multiples of 32, at most 256. `scratch` may be shared with other operators and
 * must outlive this.
 */
std::unique_ptr<ConvolutionKernel> winograd_convolution(int64_t in, int64_t out, Scratch& scratch);

}  // namespace dcgan
