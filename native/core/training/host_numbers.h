#pragma once

#include <ATen/ATen.h>

#include "../kernels/philox.h"

namespace dcgan {

/**
 * to ← standard normal numbers, a function of `random`, those from number `first` on; drawn on the host, on
 * whatever device `to` is.
 */
void draw_normal(const Philox& random, const at::Tensor& to, int64_t first = 0);

/** The same, uniform in [0, 1). */
void draw_uniform(const Philox& random, const at::Tensor& to, int64_t first = 0);

}  // namespace dcgan
