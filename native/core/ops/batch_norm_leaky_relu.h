#pragma once

#include <ATen/ATen.h>

#include "../parallel/process_group.h"

namespace dcgan {

/** Of batch normalisation and of the LeakyReLU after it; `slope` is that below zero. */
struct BatchNormConstants {
  double epsilon, slope;
};

/**
 * Batch statistics of a forward pass, kept for the backward one and for the running
 * statistics: [C] float32 each.
 */
struct BatchStatistics {
  at::Tensor mean, variance, inverse_std;
  /** The processes whose rows are the batch; null for the given rows alone. */
  const ProcessGroup* group = nullptr;
};

/**
 * Batch normalisation over the rows of x, then LeakyReLU, as Keras does them:
 *   μ = mean(x), σ² = mean((x − μ)²), y = leaky(γ (x − μ) / √(σ² + ε) + β).
 * x [N, C] float32 or bfloat16, γ and β [C] float32 → y like x, and the statistics, over the rows of all
 * processes of `statistics.group`, which have as many each.
 */
at::Tensor batch_norm_leaky_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                 const BatchNormConstants& constants, BatchStatistics& statistics);

/**
 * running ← (1 − momentum) · running + momentum · (μ, σ²), [C] float32, unless `sound` [] bool is
 * false. Apart from the forward pass, so that a step that fails in between has moved nothing.
 */
void move_running_statistics(const BatchStatistics& statistics, double momentum,
                             const at::Tensor& running_mean, const at::Tensor& running_var,
                             const at::Tensor& sound);

/** The same with given statistics (inference). x [N, C] → y like x. */
at::Tensor batch_norm_leaky_relu_inference(const at::Tensor& x, const at::Tensor& weight,
                                           const at::Tensor& bias, const at::Tensor& running_mean,
                                           const at::Tensor& running_var,
                                           const BatchNormConstants& constants);

/**
 * dy ← γ / √(σ² + ε) · dy · leaky'(…), of inference; y is what it made, whose sign tells the slope. dy and y
 * [N, C].
 */
void batch_norm_leaky_relu_inference_backward(const at::Tensor& dy, const at::Tensor& y,
                                              const at::Tensor& weight, const at::Tensor& running_var,
                                              const BatchNormConstants& constants);

/**
 * With g = dy · leaky'(…) and x̂ = (x − μ) / √(σ² + ε):
 *   dγ = Σ g x̂, dβ = Σ g, dx = γ / √(σ² + ε) · (g − mean(g) − x̂ · mean(g x̂)).
 * dy [N, C] is overwritten by dx; dγ and dβ [C] are written: what these rows have of the sums. The means are
 * over the rows of all processes.
 */
void batch_norm_leaky_relu_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight,
                                    const at::Tensor& bias, const BatchNormConstants& constants,
                                    const BatchStatistics& statistics, const at::Tensor& weight_gradient,
                                    const at::Tensor& bias_gradient);

}  // namespace dcgan
