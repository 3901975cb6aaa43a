#include "adam.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "../kernels/vector_clones.h"
#include "element_type.h"
#include "implementation.h"
#include "masked_write.h"

namespace dcgan {
namespace {

constexpr float largest_number = std::numeric_limits<float>::max();

struct Coefficients {
  float rate, keep1, keep2, epsilon;
};

DCGAN_VECTOR_CLONES void update(float* __restrict w, const float* __restrict g, float* __restrict m,
                                float* __restrict v, int64_t count, const Coefficients& k) {
  for (int64_t i = 0; i < count; ++i) {
    m[i] += (g[i] - m[i]) * k.keep1;
    v[i] += (g[i] * g[i] - v[i]) * k.keep2;
    w[i] = std::clamp(w[i] - k.rate * m[i] / (std::sqrt(v[i]) + k.epsilon), -largest_number, largest_number);
  }
}

}  // namespace

double adam_rate(int64_t step, double learning_rate, double beta1, double beta2) {
  const double t = static_cast<double>(step);
  return learning_rate * std::sqrt(1 - std::pow(beta2, t)) / (1 - std::pow(beta1, t));
}

void adam(const at::Tensor& w, const at::Tensor& g, const at::Tensor& m, const at::Tensor& v,
          const AdamStep& step, const AdamOptions& options, const at::Tensor& sound) {
  if (!own_kernels(w)) {
    write_where(sound, m, m.lerp(g, 1 - options.beta1));
    write_where(sound, v, v.lerp(g.square(), step.renewal));
    write_where(sound, w,
                (w - m / (v.sqrt() + options.epsilon) * step.rate).clamp(-largest_number, largest_number));
    return;
  }
  if (!*sound.const_data_ptr<bool>()) return;
  const Coefficients k = {*step.rate.const_data_ptr<float>(), static_cast<float>(1 - options.beta1),
                          *step.renewal.const_data_ptr<float>(), static_cast<float>(options.epsilon)};
  // Pieces begin at multiples of a vector, so that no element moves between a vector
  // and a loop's remainder.
  constexpr int64_t piece = 1 << 14;
  at::parallel_for(0, (w.numel() + piece - 1) / piece, 1, [&](int64_t begin, int64_t end) {
    const int64_t from = begin * piece, count = std::min(end * piece, w.numel()) - from;
    update(data_of<float>(w) + from, data_of<float>(g) + from, data_of<float>(m) + from,
           data_of<float>(v) + from, count, k);
  });
}

}  // namespace dcgan
