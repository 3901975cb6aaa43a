#pragma once

#include <vector>

#include "../../../native/core/network/recipe.h"
#include "../../../native/core/training/trainer.h"

namespace dcgan {

/** Options of a trainer whose steps are quick. */
inline Options quick_options() {
  Options options;
  options.batch_size = 2, options.seed = 5, options.device = "cpu";
  return options;
}

/** Numbers of an image of the networks by default. */
inline const int64_t image_numbers = Recipe().image_numbers();

/** Pixels of `count` images, all different. */
inline std::vector<uint8_t> pixels_of(int64_t count) {
  std::vector<uint8_t> pixels(static_cast<size_t>(count * image_numbers));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 31 % 251);
  return pixels;
}

/** Takes steps that nothing stops. */
inline Trainer::Run take_steps(Trainer& trainer, int64_t steps) {
  const std::atomic<bool> never = false;
  return trainer.run(steps, never);
}

}  // namespace dcgan
