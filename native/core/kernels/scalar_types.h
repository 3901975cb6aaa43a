#pragma once

#include <bit>
#include <cstdint>

#include "vector_clones.h"

namespace dcgan {

/** bfloat16 as its bits: integer shifts vectorise where c10::BFloat16 does not. */
struct BFloat16Bits {
  uint16_t bits;
};

DCGAN_INLINE float load(const float& x) { return x; }
DCGAN_INLINE float load(const BFloat16Bits& x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16);
}

DCGAN_INLINE void store(float& to, float x) { to = x; }
/** Rounds to nearest, ties to even. */
DCGAN_INLINE void store(BFloat16Bits& to, float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  to.bits = static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

}  // namespace dcgan
