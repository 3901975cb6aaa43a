#pragma once

#include <array>
#include <cstdint>

namespace dcgan {

/** What a random number is for: part of the counter, so that no two uses ever share a number. */
enum class Purpose : uint32_t {
  weights = 1,
  noise = 2,
  dropout = 3,
  order = 4,
  sample = 5,
  interpolation = 6,
  augmentation = 7,
  resampling = 8,
  search = 9,
  encoding = 10
};

/**
 * Philox 4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3" (2011): four random words as a pure function of a 128-bit counter
 * and a 64-bit key. The key is the seed; the counter is (index, step, purpose), so any number can
 * be made again without those before it.
 */
struct Philox {
  static constexpr uint32_t multiplier0 = 0xD2511F53, multiplier1 = 0xCD9E8D57;
  static constexpr uint32_t weyl0 = 0x9E3779B9, weyl1 = 0xBB67AE85;
  static constexpr int rounds = 10;

  using Words = std::array<uint32_t, 4>;

  uint64_t seed;
  Purpose purpose;
  /** The step, the epoch, or the number of the tensor. */
  uint64_t step;

  /** The upper word of the counter holds the purpose and the part of the step above 32 bits. */
  uint32_t high_word() const {
    return static_cast<uint32_t>(purpose) << 24 | (static_cast<uint32_t>(step >> 32) & 0xFFFFFF);
  }

  Words operator()(uint64_t index) const {
    Words c = {static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), static_cast<uint32_t>(step),
               high_word()};
    uint32_t k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
    for (int round = 0; round < rounds; ++round) {
      const uint64_t p0 = static_cast<uint64_t>(multiplier0) * c[0];
      const uint64_t p1 = static_cast<uint64_t>(multiplier1) * c[2];
      c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
           static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
      k0 += weyl0;
      k1 += weyl1;
    }
    return c;
  }
};

}  // namespace dcgan
