#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/** What Adam is told once: how long the first moment remembers, and ε. */
struct AdamOptions {
  double beta1, epsilon;
};

/**
 * What may change from step to step, [] each, of the type of the weights. It lies on the device, because a
 * captured graph replays a number of the host as it was.
 */
struct AdamStep {
  /** That of `adam_rate`. */
  at::Tensor rate;
  /** 1 − β₂. */
  at::Tensor renewal;
};

/**
 * One Adam step over flat float32 arrays, as Keras does it (Kingma and Ba 2015, "Algorithm 1" in
 * the form before section 2.1's end, ε outside the bias correction): m ← β₁ m + (1 − β₁) g, v ← β₂
 * v + (1 − β₂) g², w ← w − rate · m / (√v + ε).
 *
 * Nothing is written where `sound` [] bool is false. Where g² is finite, what was finite stays so:
 * m and v lie between what they were and g or g², and w ends at the largest number of float32. Our
 * own kernel allocates nothing.
 */
void adam(const at::Tensor& w, const at::Tensor& g, const at::Tensor& m, const at::Tensor& v,
          const AdamStep& step, const AdamOptions& options, const at::Tensor& sound);

/** learning_rate √(1 − β₂ᵗ) / (1 − β₁ᵗ), `step` is t, from 1. */
double adam_rate(int64_t step, double learning_rate, double beta1, double beta2);

}  // namespace dcgan
