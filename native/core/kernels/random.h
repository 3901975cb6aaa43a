#pragma once

#include <cstdint>
#include <vector>

#include "philox.h"

namespace dcgan {

/**
 * Fills out[count] with standard normal numbers (Box-Muller), those from number `first` on; number i is a
 * function of the generator and i.
 */
void fill_normal(const Philox& random, float* out, int64_t count, int64_t first = 0);

/** The same with numbers uniform in [-limit, limit). */
void fill_uniform(const Philox& random, float limit, float* out, int64_t count, int64_t first = 0);

/** A permutation of 0 … count - 1 (Fisher-Yates). */
std::vector<int64_t> permutation(const Philox& random, int64_t count);

}  // namespace dcgan
