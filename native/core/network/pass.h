#pragma once

#include "../profile.h"
#include "network.h"

namespace dcgan {

/** One batch on its way through a network in training, forward and then backward, with what the layers keep
 * of it. */
class Pass {
 public:
  Pass(const Network& network, const Masks& masks, Profile& profile);

  /** x [B, …input] → y [B, …output]. */
  at::Tensor forward(at::Tensor x);

  /** dy [B, …output] → the gradients of what is trained. The input has no use for one. */
  void backward(at::Tensor dy);

  /** Some images of a batch. */
  struct Images {
    int64_t first, count;
  };
  /** The same, and the gradient of the input's images `wanted`. The first layer must be a SplitLayer. */
  at::Tensor backward(at::Tensor dy, Images wanted);

  /** largest [] float32 ← the larger of it and every magnitude in the statistics of this batch. */
  void include_statistics(const at::Tensor& largest) const;
  /** Moves the running statistics by those of this batch, unless `sound` [] bool is false. */
  void update_statistics(const at::Tensor& sound) const;

 private:
  /** Back to what the first layer made. */
  at::Tensor back_to_first(at::Tensor dy);

  const Network& network_;
  const Masks masks_;
  Profile& profile_;
  /** One for each layer. */
  std::vector<Kept> kept_;
};

}  // namespace dcgan
