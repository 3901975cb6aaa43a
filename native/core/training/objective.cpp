#include "objective.h"

#include <map>

#include "../error.h"

namespace dcgan {
namespace {

/**
 * σ of a very negative logit underflows, and the generator's share of it with it. The floor keeps their ratio
 * exact; what it adds to the discriminator's gradient is far below float32's rounding of
 * the other images' shares.
 */
constexpr double least_sigmoid = 1e-12;

/** log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|) */
at::Tensor log_1_plus_exp(const at::Tensor& x) { return x.clamp_min(0) + at::log1p(at::exp(-x.abs())); }

/**
 * The discriminator's loss [], and of each image [B] the generator's, and the derivatives by its logit before
 * the mean.
 */
struct Each {
  at::Tensor discriminator, generator, by_real, by_fake, generator_by_fake;
};

/** −(1 − α) log σ(r) − α log σ(−r) − log σ(−f); −log σ(f) */
Each bce(const at::Tensor& r, const at::Tensor& f, double smoothing) {
  const auto on_real = smoothing == 0 ? log_1_plus_exp(-r) : log_1_plus_exp(-r) + smoothing * r;
  const auto by_real = smoothing == 0 ? -at::sigmoid(-r) : smoothing - at::sigmoid(-r);
  return {on_real.mean() + log_1_plus_exp(f).mean(), log_1_plus_exp(-f), by_real,
          f.sigmoid().clamp_min(least_sigmoid), -at::sigmoid(-f)};
}

/** max(0, 1 − r) + max(0, 1 + f); −f */
Each hinge(const at::Tensor& r, const at::Tensor& f) {
  return {(1 - r).clamp_min(0).mean() + (1 + f).clamp_min(0).mean(), -f, -(r < 1).to(r.scalar_type()),
          (f > -1).to(f.scalar_type()), -at::ones_like(f)};
}

/** (r − 1)² + f²; (f − 1)² */
Each lsgan(const at::Tensor& r, const at::Tensor& f) {
  return {(r - 1).square().mean() + f.square().mean(), (f - 1).square(), 2 * (r - 1), 2 * f, 2 * (f - 1)};
}

/** f − r; −f */
Each wasserstein(const at::Tensor& r, const at::Tensor& f) {
  return {f.mean() - r.mean(), -f, -at::ones_like(r), at::ones_like(f), -at::ones_like(f)};
}

/** log(1 + e^(f − r)); log(1 + e^(r − f)) */
Each relativistic(const at::Tensor& r, const at::Tensor& f) {
  const auto by_fake = at::sigmoid(f - r);
  return {log_1_plus_exp(f - r).mean(), log_1_plus_exp(r - f), -by_fake, by_fake, -at::sigmoid(r - f)};
}

Each each(Objective objective, const at::Tensor& r, const at::Tensor& f, double smoothing) {
  switch (objective) {
    case Objective::hinge:
      return hinge(r, f);
    case Objective::lsgan:
      return lsgan(r, f);
    case Objective::wasserstein:
      return wasserstein(r, f);
    case Objective::relativistic:
      return relativistic(r, f);
    default:
      return bce(r, f, smoothing);
  }
}

}  // namespace

Objective objective_of(const std::string& name) {
  static const std::map<std::string, Objective> known = {{"bce", Objective::bce},
                                                         {"hinge", Objective::hinge},
                                                         {"lsgan", Objective::lsgan},
                                                         {"wasserstein", Objective::wasserstein},
                                                         {"relativistic", Objective::relativistic}};
  const auto found = known.find(name);
  if (found == known.end()) throw Error("ERR_OPTION", "There is no objective '" + name + "'.");
  return found->second;
}

Losses losses(Objective objective, double label_smoothing, const at::Tensor& logits) {
  const int64_t batch = logits.numel() / 2;
  const auto of =
      each(objective, logits.narrow(0, 0, batch), logits.narrow(0, batch, batch), label_smoothing);
  return {at::stack({of.discriminator, of.generator.mean()}), at::cat({of.by_real, of.by_fake}),
          of.generator_by_fake};
}

}  // namespace dcgan
