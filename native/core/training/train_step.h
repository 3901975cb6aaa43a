#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "../network/network.h"
#include "../ops/adam.h"
#include "../options.h"
#include "../profile.h"
#include "step_graph.h"

namespace dcgan {

/**
 * One training step of both networks: forward, both gradients at the same weights, then both Adam
 * updates. Real and fake images go through the discriminator together, and one backward pass
 * through it serves both losses. Shapes are static; every call reuses the memory of the last. On a
 * GPU the step is captured as a graph once it is warm, and replayed from then on.
 */
class TrainStep {
 public:
  TrainStep(const Options& options, const Network& generator, const Network& discriminator);

  /** [2B, S, S, C] in the precision of the activations: the reals are to be put into the first half. */
  at::Tensor images;
  /** [B, latent] float32: the noise of the step. */
  at::Tensor noise;

  Profile profile;

  /**
   * Before steps whose results are looked at together: an unsound one among those before holds
   * nothing up any more.
   */
  void begin() { sound_.fill_(true); }

  /**
   * Takes step number `step`, from 0, at Adam's `learning_rate`. Returns [3] float32 on the device: the
   * discriminator's loss, the generator's, and the square of the largest magnitude among the gradients and
   * the statistics of the batch. Where one of the three is not finite the step is unsound: weights, moments
   * and running statistics stay as they were, and so they do in all steps until `begin`. They also do when it
   * throws, on our own kernels.
   */
  at::Tensor run(int64_t step, double learning_rate);

  /**
   * What is to be told of how the steps run, once: a GPU without graphs, say. Empty for nothing.
   */
  std::string take_notice() { return std::exchange(notice_, {}); }

 private:
  const Options& options_;
  const Network& generator_;
  const Network& discriminator_;
  const AdamOptions adam_options_;
  at::ScalarType precision_;
  /** Adam's rate of the step, [] float32 on the device. */
  at::Tensor adam_rate_;
  /** Whether every step since `begin` was sound, [] bool on the device. */
  at::Tensor sound_;
  /** Draws the masks where no kernel of our own does; undefined elsewhere. */
  std::optional<at::Generator> masks_;
  /** The step as one graph, where it can be one, and the result that a replay leaves. */
  std::unique_ptr<StepGraph> graph_;
  at::Tensor graph_result_;
  int64_t warm_steps_ = 0;
  std::string notice_;

  at::Tensor compute(int64_t step);
  at::Tensor replay(int64_t step);
};

}  // namespace dcgan
