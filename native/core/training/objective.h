#pragma once

#include <ATen/ATen.h>

#include <string>

namespace dcgan {

/**
 * What the two networks are trained for, of logits r of reals and f of fakes; docs/architecture.md has the
 * formulas and where they come from. `relativistic` pairs each real image with the fake in the same place.
 */
enum class Objective { bce, hinge, lsgan, wasserstein, relativistic };

/** By its name. Throws ERR_OPTION. */
Objective objective_of(const std::string& name);

/** Both losses, and what they change by with the logits. */
struct Losses {
  /** [2]: discriminator's, generator's, means over these images. */
  at::Tensor values;
  /** [2B]: the batch's size times the derivative of the discriminator's by each logit, of the reals then the
   * fakes. */
  at::Tensor discriminator;
  /** [B]: the batch's size times that of the generator's, by the logits of the fakes. */
  at::Tensor generator;
};

/**
 * From logits [2B], the reals' then the fakes'. `label_smoothing` is by how much the target of a real image
 * is below 1; only bce has targets. With bce no derivative by a fake's logit is zero, however sure the
 * discriminator is.
 */
Losses losses(Objective objective, double label_smoothing, const at::Tensor& logits);

}  // namespace dcgan
