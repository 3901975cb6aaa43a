#pragma once

#include <ATen/ATen.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "../network/network.h"
#include "../network/pass.h"
#include "../ops/adam.h"
#include "../options.h"
#include "../parallel/process_group.h"
#include "../profile.h"
#include "augmentation.h"
#include "objective.h"
#include "penalties.h"
#include "schedule.h"
#include "step_graph.h"

namespace dcgan {

/** The networks that a step trains. */
struct TrainedNetworks {
  const Network& generator;
  const Network& discriminator;
  /** An average of the generator that follows it; null where none is wanted. */
  const Network* average = nullptr;
};

/**
 * One training step of both networks: forward, both gradients at the same weights, then both Adam
 * updates. Real and fake images go through the discriminator together, and one backward pass
 * through it serves both losses. Shapes are static; every call reuses the memory of the last. On a
 * GPU the step is captured as a graph once it is warm, and replayed from then on.
 */
class TrainStep {
 public:
  /** Of the images of `share`, with the processes of `group`, which take the same step; alone where that is
   * null. */
  TrainStep(const Options& options, const TrainedNetworks& networks, const BatchShare& share,
            const ProcessGroup* group);

  // B is the number of images of this process's share.

  /**
   * [2B, S, S, C], or 3B, in the precision of the activations: the reals are to be put into the first B.
   */
  at::Tensor images;
  /** [B, latent] float32: the noise of the step. */
  at::Tensor noise;
  /** [B] int64: the classes of the reals, and of the fakes; undefined without classes. */
  at::Tensor labels;
  /** Whether this process wants the step to be the last for now: the others are told with its result. */
  bool wants_to_stop = false;

  Profile profile;

  /**
   * Before steps whose results are looked at together: an unsound one among those before holds
   * nothing up any more.
   */
  void begin() { sound_.fill_(true); }

  /** Numbers of a step's result. */
  static constexpr int64_t result_size = 5;
  /**
   * Takes step number `step`, from 0. Returns [5] float32 on the device: the discriminator's loss without
   * penalties, the generator's, the square of the largest magnitude among the gradients and the statistics
   * of the batch, the penalties, and how many processes want to stop. All are those of the whole batch. Where
   * one of them is not finite the step is unsound: weights, moments, statistics and the average stay as they
   * were, and so they do in all steps until `begin`. They also do when it throws, on our own kernels;
   * ERR_PARALLEL where another process is lost.
   */
  at::Tensor run(int64_t step);

  /**
   * What is to be told of how the steps run, once: a GPU without graphs, say. Empty for nothing.
   */
  std::string take_notice() { return std::exchange(notice_, {}); }

 private:
  /** One kind of step as one graph, where it can be one, and the result that a replay leaves. */
  struct Recorded {
    std::unique_ptr<StepGraph> graph;
    at::Tensor result;
    int64_t warm_steps = 0;
  };

  const Options& options_;
  const TrainedNetworks networks_;
  const BatchShare share_;
  const ProcessGroup* const group_;
  const AdamOptions adam_options_;
  const Objective objective_;
  at::ScalarType precision_;
  Penalties penalties_;
  Augmentation augmentation_;
  /** Whether every step since `begin` was sound, [] bool on the device. */
  at::Tensor sound_;
  /** What changes from step to step, on the device. */
  AdamStep generator_step_, discriminator_step_;
  at::Tensor average_share_;
  /** [B, 1, 1, 1]: how much of each mixture is the real image; undefined where nothing is mixed. */
  at::Tensor mixing_;
  /** Draws the masks where no kernel of our own does; undefined elsewhere. */
  std::optional<at::Generator> masks_;
  /** Of the discriminator alone, and of both networks. */
  std::array<Recorded, 2> recorded_;
  std::string notice_;

  void set(int64_t step, const StepSettings& settings);
  at::Tensor compute(int64_t step, bool trains_generator);
  at::Tensor replay(Recorded& recorded, int64_t step, bool trains_generator);
  at::Tensor latents() const;
  /** A network's gradients on their way to those of the whole batch; a process alone has these. */
  ProcessGroup::Wait sum_later(const Network& network) const;
  /** What the two ways back through the discriminator leave: its gradients are written. */
  struct WayBack {
    /** [B, S, S, C]: of the generator's loss by the fakes. */
    at::Tensor fakes;
    /** []: the penalties. */
    at::Tensor penalty;
  };
  WayBack back_scaled(Pass& d, const Losses& loss);
  WayBack back_in_units(Pass& d, const Losses& loss);
};

}  // namespace dcgan
