#pragma once

#include "../ops/adam.h"
#include "../options.h"
#include "network.h"

namespace dcgan {

/**
 * Adam over a network that is trained for a given number of steps: its rate begins as that of the options and
 * falls to 0 along half a cosine. The network must outlive it.
 */
class CosineAdam {
 public:
  CosineAdam(const Network& network, const Options& options);

  /** Step number `step`, from 0, of `all`, by the gradients that are written. */
  void take_step(int64_t step, int64_t all) const;

 private:
  const Parameters& parameters_;
  const double learning_rate_, beta1_, beta2_, epsilon_;
  const AdamStep step_;
  /** No step is left out. */
  const at::Tensor always_;
};

}  // namespace dcgan
