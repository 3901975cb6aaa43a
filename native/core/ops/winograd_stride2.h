#pragma once

#include "winograd.h"

namespace dcgan {

/**
 * Stride 2 from 14×14 to 7×7 maps, padding 1 before and 2 after: the parities of rows and columns split it
 * into four convolutions of stride 1 with 3×3, 3×2, 2×3 and 2×2 kernels, done by F(7, 3) and F(7, 2) with
 * common points: 289 multiplications an image and pair of channels instead of 1225. `in` and `out` are
 * multiples of 32, `in` at most 256. `scratch` may be shared and must outlive this.
 */
std::unique_ptr<ConvolutionKernel> winograd_convolution_stride2(int64_t in, int64_t out, Scratch& scratch);

}  // namespace dcgan
