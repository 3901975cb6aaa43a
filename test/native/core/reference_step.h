#pragma once

#include <map>
#include <string>
#include <vector>

#include "../../../native/core/kernels/philox.h"
#include "../../../native/core/network/recipe.h"

namespace dcgan {

/**
 * The training step as the recipe and the papers write it down, in float64 and with autograd: a pass through
 * the discriminator for the reals and one for the fakes, two backward passes, penalties by a backward pass of
 * a backward pass, one Adam update a tensor. Nothing is fused, and of the product only the weights to begin
 * with and the counters of the random numbers are taken.
 */
class ReferenceStep {
 public:
  ReferenceStep(const Options& options, const Recipe& recipe, const Network& generator,
                const Network& discriminator);

  struct Losses {
    double discriminator, generator, penalty;
  };

  /** Takes step number `step`, from 0. images [B, S, S, C], noise [B, latent], labels [B] or undefined. */
  Losses run(const at::Tensor& images, const at::Tensor& noise, const at::Tensor& labels, int64_t step);

  /** Trainable tensors and statistics by the names of a checkpoint. */
  std::map<std::string, at::Tensor> tensors;
  /** Of the last step. */
  std::map<std::string, at::Tensor> gradients;
  /** The average of the generator, by the names of its tensors. */
  std::map<std::string, at::Tensor> average;

 private:
  struct Moments {
    at::Tensor m, v;
  };

  at::Tensor generate(const at::Tensor& noise, const at::Tensor& labels);
  at::Tensor normalise(const std::string& name, const at::Tensor& x);
  at::Tensor weight(const std::string& name);
  at::Tensor logits(const at::Tensor& images, const at::Tensor& labels, int64_t first_image);
  at::Tensor augmented(const at::Tensor& images, int64_t first_image) const;
  void draw_masks(int64_t step);
  at::Tensor mask(int64_t level, int64_t first_image) const;
  at::Tensor uniform(Purpose purpose, at::IntArrayRef sizes, int64_t step) const;
  at::Tensor penalty(const at::Tensor& images, const at::Tensor& logits, bool about_one) const;
  void update(const std::string& name, int64_t t, double rate, double beta2);
  void move_average(int64_t step);

  const Options options_;
  const Recipe recipe_;
  std::map<std::string, Moments> moments_;
  /** Of each level [n B, …]: 1 where it is kept. */
  std::vector<at::Tensor> masks_;
  at::Tensor augmentation_;
  /** `tensors` as the step began with them. */
  std::map<std::string, at::Tensor> before_;
};

}  // namespace dcgan
