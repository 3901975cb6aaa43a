#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include "convolution_kernel.h"
#include "gemm.h"

namespace dcgan {

/** Whether there is a convolution in the transform domain for it. */
inline bool winograd_fits(const ConvolutionShape& shape) {
  const bool size = (shape.stride == 1 && shape.size == 7) || (shape.stride == 2 && shape.size == 14);
  return size && shape.in % 32 == 0 && shape.out % 32 == 0 && std::max(shape.in, shape.out) <= 256;
}

/**
 * Convolutions in the transform domain on maps of T, float or BFloat16Bits: stride 1 on 7×7
 * maps, and stride 2 from 14×14 to 7×7. `in` and `out` are multiples of 32, at most 256.
 * `scratch` may be shared with other operators and must outlive this. float32 maps are
 * multiplied in float32; bfloat16 maps in bfloat16, summed in float32, on CPUs that have
 * instructions for it, and in float32 on others.
 */
template <typename T>
std::unique_ptr<ConvolutionKernel<T>> winograd_stride1(int64_t in, int64_t out, Scratch& scratch);
template <typename T>
std::unique_ptr<ConvolutionKernel<T>> winograd_stride2(int64_t in, int64_t out, Scratch& scratch);

}  // namespace dcgan
