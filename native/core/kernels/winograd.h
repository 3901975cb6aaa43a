#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "convolution_kernel.h"
#include "gemm.h"

namespace dcgan {

inline constexpr int64_t winograd_most_channels = 512;

/** Whether there is a convolution in the transform domain for it. */
inline bool winograd_fits(const ConvolutionShape& shape) {
  return shape.in % 32 == 0 && shape.out % 32 == 0 && std::max(shape.in, shape.out) <= winograd_most_channels;
}

/**
 * Convolutions in the transform domain on maps of T, float or BFloat16Bits. The article's, stride 1 on
 * 7×7 maps and stride 2 from 14×14 to 7×7, are transformed as a whole, others in tiles of 4×4 outputs.
 * `scratch` may be shared with other operators and must outlive this. float32 maps are
 * multiplied in float32; bfloat16 maps in bfloat16, summed in float32, on CPUs that have
 * instructions for it, and in float32 on others.
 */
template <typename T>
std::unique_ptr<ConvolutionKernel<T>> winograd_stride1(const ConvolutionShape& shape, Scratch& scratch);
template <typename T>
std::unique_ptr<ConvolutionKernel<T>> winograd_stride2(const ConvolutionShape& shape, Scratch& scratch);

}  // namespace dcgan
