#pragma once

#include <ATen/ATen.h>

#include "../options.h"
#include "../parallel/batch_share.h"

namespace dcgan {

/**
 * Penalties on the gradient g = ∂D/∂x of an image's logit by the image:
 *   γ₁/2 · mean ‖g‖² over the reals (R1), γ₂/2 · mean ‖g‖² over the fakes (R2; both Mescheder et al. 2018),
 * and λ · mean (‖g‖ − 1)² over mixtures of a real and a fake (WGAN-GP, Gulrajani et al. 2017). The derivative
 * of each by g is c g, c a number for each image, which is all that a step needs of it (docs/architecture.md,
 * "Objectives").
 *
 * Images are counted through the reals, the fakes and, where there are some, the mixtures, of each those of
 * the batch that are this process's.
 */
class Penalties {
 public:
  Penalties(const Options& options, const BatchShare& share, const at::TensorOptions& tensor);

  bool enabled() const { return first_ < last_; }
  bool mixes() const { return options_.gradient_penalty > 0; }

  /** Those images that are penalised lie in [first, last). */
  int64_t first() const { return first_; }
  int64_t last() const { return last_; }

  /** Before a step: γ₁ and γ₂. */
  void set(double r1, double r2) const;

  struct Result {
    /** []: the sum of all penalties, or what these images have of it. */
    at::Tensor value;
    /** [last − first]: c of each image. */
    at::Tensor factors;
  };
  /** g [last − first, …] → what it costs. */
  Result operator()(const at::Tensor& g) const;

 private:
  const Options& options_;
  const BatchShare share_;
  int64_t first_, last_;
  /** [] on the device. */
  at::Tensor r1_, r2_;
};

}  // namespace dcgan
