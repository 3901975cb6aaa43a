#pragma once

#include <ATen/ATen.h>

#include "model.h"
#include "profile.h"

namespace dcgan {

/**
 * One training step of both networks: forward, both gradients at the same weights, then both Adam updates.
 * Real and fake images go through the discriminator together, and one backward pass through it serves both
 * losses. Shapes are static; every call reuses the memory of the last.
 */
class TrainStep {
 public:
  TrainStep(const Options& options, Generator& generator, Discriminator& discriminator);

  /** [2B, 28, 28, 1] in the precision of the activations: the reals are to be put into the first half. */
  at::Tensor images;
  /** [B, latent] float32: the noise of the step. */
  at::Tensor noise;

  Profile profile;

  /** Takes step number `step`, from 0. Returns [2] float32 on the device: discriminator's loss, generator's.
   */
  at::Tensor run(int64_t step);

 private:
  const Options& options_;
  Generator& generator_;
  Discriminator& discriminator_;
  at::ScalarType precision_;
};

}  // namespace dcgan
