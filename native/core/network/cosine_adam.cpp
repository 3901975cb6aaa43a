#include "cosine_adam.h"

#include <cmath>
#include <numbers>

namespace dcgan {

CosineAdam::CosineAdam(const Network& network, const Options& options)
    : parameters_(network.parameters),
      learning_rate_(options.learning_rate),
      beta1_(options.beta1),
      beta2_(options.beta2),
      epsilon_(options.epsilon),
      step_{at::empty({}, parameters_.values.options()),
            at::full({}, 1 - options.beta2, parameters_.values.options())},
      always_(at::ones({}, parameters_.values.options().dtype(at::kBool))) {}

void CosineAdam::take_step(int64_t step, int64_t all) const {
  const double share = static_cast<double>(step) / static_cast<double>(all);
  const double rate = learning_rate_ * 0.5 * (1 + std::cos(std::numbers::pi * share));
  step_.rate.fill_(adam_rate(step + 1, rate, beta1_, beta2_));
  const auto& p = parameters_;
  adam(p.values, p.gradients, p.m, p.v, step_, {beta1_, epsilon_}, always_);
}

}  // namespace dcgan
