#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <bit>
#include <cstdint>

#include "../kernels/vector_clones.h"

namespace dcgan {

/**
 * The bits of |x|: they order as magnitudes do, with infinity above all numbers
 * and NaN above infinity.
 */
DCGAN_INLINE int32_t magnitude_bits(float x) { return std::bit_cast<int32_t>(x) & 0x7FFFFFFF; }

/** Some threads' largest bits of a magnitude. */
class LargestMagnitude {
 public:
  void include(int32_t bits);
  /** largest [] float32 ← the larger of it and what was included. */
  void write(const at::Tensor& largest) const;

 private:
  std::atomic<int32_t> bits_ = 0;
};

/**
 * largest [] float32 ← the larger of it and every |x|: infinite or NaN where one of them is. x is
 * contiguous float32. Nothing is allocated where kernels of our own compute it.
 */
void include_magnitudes(const at::Tensor& x, const at::Tensor& largest);

}  // namespace dcgan
