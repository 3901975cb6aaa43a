#include "weighted_images.h"

#include <ATen/Parallel.h>

#include "../kernels/vector_clones.h"
#include "element_type.h"
#include "implementation.h"

namespace dcgan {
namespace {

template <typename T>
DCGAN_INLINE void weigh_in(T* __restrict x, const T* __restrict t, float s, int64_t count) {
  if (t == nullptr) {
    for (int64_t i = 0; i < count; ++i) store(x[i], s * load(x[i]));
  } else {
    for (int64_t i = 0; i < count; ++i) store(x[i], s * load(x[i]) + load(t[i]));
  }
}
DCGAN_VECTOR_CLONES void weigh(float* x, const float* t, float s, int64_t count) { weigh_in(x, t, s, count); }
DCGAN_VECTOR_CLONES void weigh(BFloat16Bits* x, const BFloat16Bits* t, float s, int64_t count) {
  weigh_in(x, t, s, count);
}

}  // namespace

at::Tensor weighted(const at::Tensor& x, const ImageWeights& weights) {
  const auto& [factor, tangent, first] = weights;
  if (!factor.defined()) return x;
  const int64_t images = x.size(0), last = tangent.defined() ? first + tangent.size(0) : first;
  if (!own_kernels(x)) {
    const auto flat = x.view({images, -1});
    flat.copy_(flat * factor.view({-1, 1}));
    if (tangent.defined()) x.narrow(0, first, tangent.size(0)).add_(tangent);
    return x;
  }
  const int64_t count = x.numel() / images;
  const auto* s = factor.const_data_ptr<float>();
  with_element_type(x, [&]<typename T>(T*) {
    const T* t = tangent.defined() ? data_of<T>(tangent) : nullptr;
    at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        weigh(data_of<T>(x) + i * count, i >= first && i < last ? t + (i - first) * count : nullptr, s[i],
              count);
      }
    });
  });
  return x;
}

at::Tensor weighted_sum(const at::Tensor& delta, const at::Tensor& factor) {
  const int64_t images = delta.size(0), channels = delta.size(-1);
  const auto sums = delta.view({images, -1, channels}).sum(1, false, sum_type(delta));
  return factor.defined() ? at::mv(sums.t(), factor) : sums.sum(0);
}

}  // namespace dcgan
