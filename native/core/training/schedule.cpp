#include "schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "../ops/adam.h"

namespace dcgan {
namespace {

/**
 * The half-life of the average grows with the images seen, to this share of them: the first weights are
 * forgotten soon (Karras et al. 2020, StyleGAN2-ADA's `ema_rampup`).
 */
constexpr double ramp_up = 0.05;

/** Half a cosine from `first` to `last`. */
double along(const Options& options, int64_t step, double first, std::optional<double> last) {
  if (options.schedule_steps == 0 || !last) return first;
  const double progress =
      std::min(1.0, static_cast<double>(step) / static_cast<double>(options.schedule_steps));
  return *last + (first - *last) * (1 + std::cos(std::numbers::pi * progress)) / 2;
}

double average_share(const Options& options, int64_t step) {
  const auto batch = static_cast<double>(options.batch_size);
  const double half_life = std::min(options.ema, ramp_up * batch * static_cast<double>(step));
  return half_life > 0 ? 1 - std::pow(0.5, batch / half_life) : 1;
}

}  // namespace

StepSettings settings_of(const Options& options, int64_t step) {
  const int64_t every = options.discriminator_steps;
  const double beta2 = along(options, step, options.beta2, options.final_beta2);
  // Both rates shrink alike, also where they differ.
  const double factor =
      along(options, step, options.learning_rate, options.final_learning_rate) / options.learning_rate;
  const auto rate = [&](const std::optional<double>& own) {
    return own.value_or(options.learning_rate) * factor;
  };
  return {.trains_generator = (step + 1) % every == 0,
          // The updates of the generator are counted by themselves.
          .generator_rate = adam_rate(std::max<int64_t>(1, (step + 1) / every),
                                      rate(options.learning_rate_generator), options.beta1, beta2),
          .discriminator_rate =
              adam_rate(step + 1, rate(options.learning_rate_discriminator), options.beta1, beta2),
          .beta2 = beta2,
          .r1 = along(options, step, options.r1, options.final_r1),
          .r2 = along(options, step, options.r2, options.final_r2),
          .average_share = average_share(options, step)};
}

}  // namespace dcgan
