#include "random.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace dcgan {

void fill_normal(const Philox& random, float* out, int64_t count, int64_t first) {
  const int64_t end = first + count;
  for (int64_t i = first / 4 * 4; i < end; i += 4) {
    const auto words = random(static_cast<uint64_t>(i / 4));
    float normals[4];
    for (int pair = 0; pair < 2; ++pair) {
      // (w + 0.5) / 2³² lies in (0, 1): the logarithm is finite.
      const double u = (words[2 * pair] + 0.5) * 0x1p-32, v = (words[2 * pair + 1] + 0.5) * 0x1p-32;
      const double radius = std::sqrt(-2.0 * std::log(u)), angle = 2.0 * std::numbers::pi * v;
      normals[2 * pair] = static_cast<float>(radius * std::cos(angle));
      normals[2 * pair + 1] = static_cast<float>(radius * std::sin(angle));
    }
    for (int64_t j = std::max(i, first); j < std::min(i + 4, end); ++j) out[j - first] = normals[j - i];
  }
}

void fill_uniform(const Philox& random, float limit, float* out, int64_t count, int64_t first) {
  for (int64_t i = first; i < first + count; ++i) {
    const uint32_t word = random(static_cast<uint64_t>(i / 4))[i % 4];
    // 24 bits are exact in float32.
    out[i - first] = (static_cast<float>(word >> 8) * 0x1p-23f - 1.0f) * limit;
  }
}

std::vector<int64_t> permutation(const Philox& random, int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) {
    const auto words = random(static_cast<uint64_t>(i));
    const uint64_t word = static_cast<uint64_t>(words[1]) << 32 | words[0];
    // The bias of a remainder of 64 bits is below 2⁻⁴⁰ for any data set that fits in memory.
    std::swap(order[static_cast<size_t>(i)], order[word % static_cast<uint64_t>(i + 1)]);
  }
  return order;
}

}  // namespace dcgan
