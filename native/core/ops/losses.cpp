#include "losses.h"

namespace dcgan {
namespace {

/**
 * σ of a very negative logit underflows, and its ratio with it. The floor keeps the ratio
 * exact; what it adds to the discriminator's gradient is far below float32's rounding of
 * the other images' shares.
 */
constexpr double least_sigmoid = 1e-12;

}  // namespace

Losses losses(const at::Tensor& logits) {
  const int64_t batch = logits.numel() / 2;
  const auto real = logits.narrow(0, 0, batch), fake = logits.narrow(0, batch, batch);
  // softplus(x) = max(x, 0) + log(1 + e^−|x|)
  const auto softplus = [](const at::Tensor& x) { return x.clamp_min(0) + at::log1p(at::exp(-x.abs())); };
  const auto discriminator = softplus(-real).mean() + softplus(fake).mean();
  const auto generator = softplus(-fake).mean();
  const auto sigmoid = fake.sigmoid().clamp_min(least_sigmoid);
  return {at::stack({discriminator, generator}), at::cat({-at::sigmoid(-real), sigmoid}) / batch,
          -at::sigmoid(-fake) / sigmoid};
}

}  // namespace dcgan
