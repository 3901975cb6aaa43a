#pragma once

#include "network.h"

namespace dcgan {

/**
 * One batch on its way through a trained network, and the gradient of its input on the way back: statistics
 * and weights are given, as in `Network::infer`.
 */
class InferencePass {
 public:
  /**
   * Through the first `depth` layers, or all. `labels` [B] int64 where the layers know classes. The network
   * must outlive the pass.
   */
  explicit InferencePass(const Network& network, at::Tensor labels = {}, size_t depth = SIZE_MAX);

  /** x [B, …input] → y [B, …output]. */
  at::Tensor forward(at::Tensor x);
  /** dy [B, …output] → dx [B, …input]; dy may be overwritten. Once after each `forward`. */
  at::Tensor backward(at::Tensor dy);

 private:
  const Network& network_;
  const at::Tensor labels_;
  /** One for each layer. */
  std::vector<Kept> kept_;
};

}  // namespace dcgan
