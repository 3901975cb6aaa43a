#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/** What Adam is told once: how long the moments remember, and ε. */
struct AdamOptions {
  double beta1, beta2, epsilon;
};

/**
 * One Adam step over flat float32 arrays, as Keras does it (Kingma and Ba 2015, "Algorithm 1" in
 * the form before section 2.1's end, ε outside the bias correction): m ← β₁ m + (1 − β₁) g, v ← β₂
 * v + (1 − β₂) g², w ← w − rate · m / (√v + ε). `rate` [] float32 holds `adam_rate` and lies on the
 * device, because a captured graph replays a number of the host as it was.
 *
 * Nothing is written where `sound` [] bool is false. Where g² is finite, what was finite stays so:
 * m and v lie between what they were and g or g², and w ends at the largest number of float32. Our
 * own kernel allocates nothing.
 */
void adam(const at::Tensor& w, const at::Tensor& g, const at::Tensor& m, const at::Tensor& v,
          const at::Tensor& rate, const AdamOptions& options, const at::Tensor& sound);

/** learning_rate √(1 − β₂ᵗ) / (1 − β₁ᵗ), `step` is t, from 1. */
double adam_rate(int64_t step, double learning_rate, const AdamOptions& options);

}  // namespace dcgan
