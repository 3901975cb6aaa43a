#include "digests.h"

#include <ATen/ATen.h>

#include <cstdio>

#include "../../../native/core/kernels/random.h"
#include "../../../native/core/ops/bias_leaky_relu_dropout.h"

namespace dcgan {
namespace {

/** Fowler, Noll and Vo's hash (FNV-1a, 64 bits) of a tensor's bytes. */
void print_digest(const char* name, const at::Tensor& tensor) {
  const auto* bytes = static_cast<const uint8_t*>(tensor.const_data_ptr());
  uint64_t hash = 0xCBF29CE484222325;
  for (size_t i = 0; i < tensor.nbytes(); ++i) hash = (hash ^ bytes[i]) * 0x100000001B3;
  std::printf("%s %016llx\n", name, static_cast<unsigned long long>(hash));
}

}  // namespace

void print_digests() {
  const auto mask = at::ones({12'345, 64});
  bias_leaky_relu_dropout(mask, at::zeros({64}), 0.3f, 0.3, {7, Purpose::dropout, 5}, all_places(mask));
  print_digest("mask", mask != 0);
  const auto noise = at::empty({128, 100});
  fill_normal({7, Purpose::noise, 5}, noise.mutable_data_ptr<float>(), noise.numel());
  print_digest("noise", noise);
  const auto weights = at::empty({256, 128, 5, 5});
  fill_uniform({7, Purpose::weights, 5}, 0.1f, weights.mutable_data_ptr<float>(), weights.numel());
  print_digest("weights", weights);
}

}  // namespace dcgan
