#pragma once

#include <ATen/ATen.h>

#include "../options.h"

namespace dcgan {

/**
 * One Adam step over flat float32 arrays, as Keras does it (Kingma and Ba 2015, "Algorithm 1" in the form
 * before section 2.1's end, ε outside the bias correction): m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w
 * ← w − lr √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε). `step` is t, from 1.
 */
void adam(const at::Tensor& w, const at::Tensor& g, const at::Tensor& m, const at::Tensor& v, int64_t step,
          const Options& options);

}  // namespace dcgan
