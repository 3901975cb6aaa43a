#pragma once

#include <ATen/ATen.h>

#include "../kernels/philox.h"

namespace dcgan {

/** to ← standard normal numbers, a function of `random`; drawn on the host, on whatever device `to` is. */
void draw_normal(const Philox& random, const at::Tensor& to);

/** The same, uniform in [0, 1). */
void draw_uniform(const Philox& random, const at::Tensor& to);

}  // namespace dcgan
