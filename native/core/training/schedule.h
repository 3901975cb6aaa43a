#pragma once

#include "../options.h"

namespace dcgan {

/** What the options say of one step. */
struct StepSettings {
  /** Whether the generator is trained in it, too. */
  bool trains_generator;
  /** Adam's rates with the correction of young moments. */
  double generator_rate, discriminator_rate;
  double beta2;
  /** γ of the penalties. */
  double r1, r2;
  /** How much the average of the generator's weights takes of the new ones. */
  double average_share;
};

/**
 * Of step number `step`, from 0: a function of the options alone, so that who resumes goes on as if nothing
 * had been between.
 */
StepSettings settings_of(const Options& options, int64_t step);

}  // namespace dcgan
