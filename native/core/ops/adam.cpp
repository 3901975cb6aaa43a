#include "adam.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "../kernels/vector_clones.h"
#include "element_type.h"
#include "implementation.h"
#include "magnitude.h"

namespace dcgan {
namespace {

struct Coefficients {
  float rate, keep1, keep2, epsilon;
};

/** Returns the largest bits of |w| and |v|: an m that is not finite makes such a w. */
DCGAN_VECTOR_CLONES int32_t update(float* __restrict w, const float* __restrict g, float* __restrict m,
                                   float* __restrict v, int64_t count, const Coefficients& k) {
  int32_t largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    m[i] += (g[i] - m[i]) * k.keep1;
    v[i] += (g[i] * g[i] - v[i]) * k.keep2;
    w[i] -= k.rate * m[i] / (std::sqrt(v[i]) + k.epsilon);
    largest = std::max(largest, std::max(magnitude_bits(w[i]), magnitude_bits(v[i])));
  }
  return largest;
}

}  // namespace

double adam_rate(int64_t step, const AdamOptions& options) {
  const double t = static_cast<double>(step);
  return options.learning_rate * std::sqrt(1 - std::pow(options.beta2, t)) / (1 - std::pow(options.beta1, t));
}

void adam(const at::Tensor& w, const at::Tensor& g, const at::Tensor& m, const at::Tensor& v,
          const at::Tensor& rate, const AdamOptions& options, const at::Tensor& largest) {
  if (!own_kernels(w)) {
    m.lerp_(g, 1 - options.beta1);
    v.lerp_(g.square(), 1 - options.beta2);
    w.sub_(m / (v.sqrt() + options.epsilon) * rate);
    include_magnitudes(w, largest);
    include_magnitudes(v, largest);
    return;
  }
  const Coefficients k = {*rate.const_data_ptr<float>(), static_cast<float>(1 - options.beta1),
                          static_cast<float>(1 - options.beta2), static_cast<float>(options.epsilon)};
  // Pieces begin at multiples of a vector, so that no element moves between a vector
  // and a loop's remainder.
  constexpr int64_t piece = 1 << 14;
  LargestMagnitude found;
  at::parallel_for(0, (w.numel() + piece - 1) / piece, 1, [&](int64_t begin, int64_t end) {
    const int64_t from = begin * piece, count = std::min(end * piece, w.numel()) - from;
    found.include(update(data_of<float>(w) + from, data_of<float>(g) + from, data_of<float>(m) + from,
                         data_of<float>(v) + from, count, k));
  });
  found.write(largest);
}

}  // namespace dcgan
