#pragma once

#include <map>
#include <string>

#include "../../../native/core/network/recipe.h"

namespace dcgan {

/**
 * The training step as the recipe writes it down, in float64 and with autograd: two passes through
 * the discriminator, two backward passes, one Adam update a tensor. Nothing is fused, and of the
 * product only the weights to begin with and the counters of the masks are taken.
 */
class ReferenceStep {
 public:
  ReferenceStep(const Options& options, const Recipe& recipe, const Network& generator,
                const Network& discriminator);

  struct Losses {
    double discriminator, generator;
  };

  /** Takes step number `step`, from 0. images [B, S, S, C], noise [B, latent]. */
  Losses run(const at::Tensor& images, const at::Tensor& noise, int64_t step);

  /**
   * Trainable tensors and (`running_mean`, `running_var`) statistics by the names of a checkpoint.
   */
  std::map<std::string, at::Tensor> tensors;

 private:
  struct Moments {
    at::Tensor m, v;
  };

  at::Tensor generate(const at::Tensor& noise);
  at::Tensor normalise(const std::string& name, const at::Tensor& x);
  at::Tensor logits(const at::Tensor& images, int64_t first_image, int64_t step);
  at::Tensor mask(const at::Tensor& like, int64_t first, uint64_t layer_step) const;
  void update(const std::string& name, int64_t t);

  const Options options_;
  const Recipe recipe_;
  std::map<std::string, Moments> moments_;
};

}  // namespace dcgan
