#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/**
 * Both losses, and the gradient that one backward pass through the discriminator needs for both.
 */
struct Losses {
  /** [2] float32: discriminator's, generator's. */
  at::Tensor values;
  /** [2B] float32: dD/dlogit, of the reals then the fakes. */
  at::Tensor logit_gradient;
  /**
   * [B] float32: (dG/dlogit) / (dD/dlogit) of each fake, by which its image's gradient is scaled.
   */
  at::Tensor generator_ratio;
};

/**
 * From logits [2B] (reals, then fakes), with σ the sigmoid and bce from logits:
 *   D = mean bce(real, 1) + mean bce(fake, 0), G = mean bce(fake, 1).
 * The discriminator treats images independently and gives each one scalar, so the gradient of G
 * with respect to a fake image is that of D times (σ − 1) / σ.
 */
Losses losses(const at::Tensor& logits);

}  // namespace dcgan
