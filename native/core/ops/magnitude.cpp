#include "magnitude.h"

#include <algorithm>
#include <limits>

#include "element_type.h"
#include "implementation.h"

namespace dcgan {
namespace {

DCGAN_VECTOR_CLONES int32_t largest_bits(const float* x, int64_t count) {
  int32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) largest = std::max(largest, magnitude_bits(x[i]));
  return largest;
}

}  // namespace

void LargestMagnitude::include(int32_t bits) {
  int32_t known = bits_;
  while (bits > known && !bits_.compare_exchange_weak(known, bits)) {
  }
}

void LargestMagnitude::write(const at::Tensor& largest) const {
  float& to = *data_of<float>(largest);
  to = std::bit_cast<float>(std::max(magnitude_bits(to), bits_.load()));
}

void include_magnitudes(const at::Tensor& x, const at::Tensor& largest) {
  if (!own_kernels(x)) {
    largest.copy_(at::maximum(largest, at::linalg_vector_norm(x, std::numeric_limits<double>::infinity())));
    return;
  }
  LargestMagnitude found;
  found.include(largest_bits(data_of<float>(x), x.numel()));
  found.write(largest);
}

}  // namespace dcgan
