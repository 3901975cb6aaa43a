#pragma once

#include <memory>
#include <string>

#include "../../../native/core/training/train_step.h"
#include "reference_step.h"

namespace dcgan {

/**
 * Both networks and their step, on batches, noise and classes that are a function of the step's number; of
 * several processes each has its share of them.
 */
struct Training {
  explicit Training(const Options& options) : Training(options, Recipe(options)) {}
  Training(const Options& options, const Recipe& recipe, const ProcessGroup* group = nullptr);

  at::Tensor noise(int64_t number) const;
  /** Smooth blobs: images that the discriminator can tell from the generator's. */
  at::Tensor images(int64_t number) const;
  /** Undefined without classes. */
  at::Tensor labels(int64_t number) const;

  /** Step `number` on its batch, which is put in its place before. */
  at::Tensor run(int64_t number);
  /** The same on what is there. */
  at::Tensor take_step(int64_t number) { return step->run(number); }

  Options options;
  Recipe recipe;
  BatchShare share;
  Network generator, discriminator, average;
  std::unique_ptr<TrainStep> step;
};

/**
 * Adam's ε with which a gradient within the rounding of zero moves nothing. With the usual one it moves a
 * weight as far as any other, to the side that rounding decides: another one on each CPU.
 */
inline constexpr double steady_epsilon = 1e-4;

void expect_near(const std::string& what, double found, double wanted, double limit);

/** How far steps may be from those of the reference. */
struct Limits {
  /** Of losses, relative to them where they are above 1. */
  double loss;
  /**
   * Of a tensor, relative to how far training moved it: the weights themselves would hide any error behind
   * their beginning.
   */
  double change;
  /** Of the gradients of the first step, relative to them. */
  double gradient = 1;
  /** Of the penalties, as of the losses. */
  double penalty = 1;
};

/** Takes `steps` steps beside the reference's. */
void expect_reference(const Options& options, const Recipe& recipe, int64_t steps, const Limits& limits);

}  // namespace dcgan
