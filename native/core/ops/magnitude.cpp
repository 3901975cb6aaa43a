#include "magnitude.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <limits>

#include "../kernels/vector_clones.h"
#include "element_type.h"
#include "implementation.h"

namespace dcgan {
namespace {

/**
 * The bits of |x|: they order as magnitudes do, with infinity above all numbers
 * and NaN above infinity.
 */
DCGAN_INLINE int32_t magnitude_bits(float x) { return std::bit_cast<int32_t>(x) & 0x7FFFFFFF; }

DCGAN_VECTOR_CLONES int32_t largest_bits(const float* x, int64_t count) {
  int32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, magnitude_bits(x[i]));
  return largest;
}

}  // namespace

void include_magnitudes(const at::Tensor& x, const at::Tensor& largest) {
  if (!own_kernels(x)) {
    largest.copy_(at::maximum(largest, at::linalg_vector_norm(x, std::numeric_limits<double>::infinity())));
    return;
  }
  float& to = *data_of<float>(largest);
  std::atomic<int32_t> found = magnitude_bits(to);
  constexpr int64_t piece = 1 << 16;
  at::parallel_for(0, x.numel(), piece, [&](int64_t begin, int64_t end) {
    const int32_t bits = largest_bits(data_of<float>(x) + begin, end - begin);
    int32_t known = found;
    while (bits > known && !found.compare_exchange_weak(known, bits)) {
    }
  });
  to = std::bit_cast<float>(found.load());
}

}  // namespace dcgan
