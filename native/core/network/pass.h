#pragma once

#include "../profile.h"
#include "network.h"

namespace dcgan {

/** One batch on its way through a network in training, forward and then backward, with what the layers keep
 * of it. */
class Pass {
 public:
  Pass(const Network& network, const Context& context, Profile& profile);

  /** x [B, …input] → y [B, …output]. */
  at::Tensor forward(at::Tensor x);

  /** dy [B, …output] → the gradients of what is trained. The input has no use for one. */
  void backward(at::Tensor dy);

  /** Some images of a batch. */
  struct Images {
    int64_t first, count;
  };

  // Of networks whose layers all are LinearLayers:

  /** The same, and the gradient of the input's images `wanted`. */
  at::Tensor backward(at::Tensor dy, Images wanted);

  /**
   * A derivative of 1 at every logit → the gradient of the input's images `wanted`; `gradients` comes after.
   */
  at::Tensor walk_back(Images wanted);
  /**
   * The gradients of what is trained, where image b has the derivative sᵦ at its logit, and t is what is
   * added to the images: every layer takes Σ (sᵦ xᵦ + tᵦ) ⊗ δᵦ, and t moves on through it.
   */
  void gradients(ImageWeights weights);

  /** The running statistics will move by the mean of what each process has of its own images. */
  void average_statistics(const ProcessGroup& group);
  /** largest [] float32 ← the larger of it and every magnitude in the statistics of this batch. */
  void include_statistics(const at::Tensor& largest) const;
  /** Moves the running statistics by those of this batch, unless `sound` [] bool is false. */
  void update_statistics(const at::Tensor& sound) const;

 private:
  /** Back to what the first layer made. */
  at::Tensor back_to_first(at::Tensor dy);

  /** The layer of a network whose layers all are LinearLayers. */
  const LinearLayer& linear(size_t index) const;

  const Network& network_;
  const Context context_;
  Profile& profile_;
  /** One for each layer. */
  std::vector<Kept> kept_;
  /** δ of the walk back at each layer. */
  std::vector<at::Tensor> deltas_;
};

}  // namespace dcgan
