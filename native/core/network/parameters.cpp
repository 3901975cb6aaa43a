#include "parameters.h"

#include <cmath>

#include "../kernels/random.h"

namespace dcgan {
namespace {

/** Every tensor begins on a cache line. */
constexpr int64_t alignment = 64 / sizeof(float);

int64_t padded_size(const Shape& shape) {
  return (c10::multiply_integers(shape) + alignment - 1) / alignment * alignment;
}

/** Weights [out, in] or [out, in, 5, 5]. */
double glorot_limit(const Shape& shape) {
  const int64_t field = shape.size() == 4 ? shape[2] * shape[3] : 1;
  return std::sqrt(6.0 / static_cast<double>((shape[0] + shape[1]) * field));
}

}  // namespace

Parameters::Parameters(const std::vector<LayerTensor*>& tensors, const at::TensorOptions& options, Use use)
    : tensors_(tensors.begin(), tensors.end()) {
  int64_t total = 0;
  for (const auto* tensor : tensors) total += padded_size(tensor->shape);
  values = at::zeros({total}, options);
  if (use == Use::training) {
    gradients = at::zeros({total}, options);
    m = at::zeros({total}, options);
    v = at::zeros({total}, options);
  }
  int64_t offset = 0;
  for (auto* tensor : tensors) {
    const auto view = [&](const at::Tensor& flat) {
      return flat.defined()
                 ? flat.narrow(0, offset, c10::multiply_integers(tensor->shape)).view(tensor->shape)
                 : flat;
    };
    tensor->value = view(values);
    tensor->gradient = view(gradients);
    tensor->m = view(m);
    tensor->v = view(v);
    offset += padded_size(tensor->shape);
  }
}

void Parameters::initialise(uint64_t seed, uint64_t network) const {
  uint64_t number = network << 16;
  for (const auto* tensor : tensors_) {
    ++number;
    if (tensor->initial != Initial::glorot) {
      tensor->value.fill_(tensor->initial == Initial::ones ? 1 : 0);
      continue;
    }
    const auto weights = at::empty(tensor->shape, at::kFloat);
    fill_uniform({seed, Purpose::weights, number}, static_cast<float>(glorot_limit(tensor->shape)),
                 weights.mutable_data_ptr<float>(), weights.numel());
    tensor->value.copy_(weights);
  }
}

}  // namespace dcgan
