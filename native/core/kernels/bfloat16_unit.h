#pragma once

#include <cstdint>

#include "gemm.h"
#include "vector_clones.h"

/**
 * The instructions that multiply bfloat16, by the names that both kinds of CPU share: a sum's lane takes two
 * neighbours along it at once. For functions that are DCGAN_BFLOAT16_CODE themselves.
 */
#if defined(DCGAN_HAS_VECTOR_CLONES)
#include <immintrin.h>

namespace dcgan::bfloat16_unit {

/** AVX512-BF16. */
using Sums = __m512;
using Pairs = __m512bh;
inline constexpr int64_t lanes = 16;
/** Two vectors of sums for each of so many rows leave registers for what is multiplied. */
inline constexpr int most_rows = 12;

inline bool is_there() { return __builtin_cpu_supports("avx512bf16"); }

DCGAN_BFLOAT16_CODE DCGAN_INLINE Sums load_sums(const float* from) { return _mm512_loadu_ps(from); }
DCGAN_BFLOAT16_CODE DCGAN_INLINE Pairs load_pairs(const BFloat16Bits* from) {
  return reinterpret_cast<Pairs>(_mm512_loadu_si512(from));
}
/** One pair in all lanes. */
DCGAN_BFLOAT16_CODE DCGAN_INLINE Pairs broadcast(uint32_t pair) {
  return reinterpret_cast<Pairs>(_mm512_set1_epi32(static_cast<int>(pair)));
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE Sums multiply_add(Sums sum, Pairs a, Pairs b) {
  return _mm512_dpbf16_ps(sum, a, b);
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE void store_sums(float* to, const Sums sum[2]) {
  _mm512_storeu_ps(to, sum[0]);
  _mm512_storeu_ps(to + lanes, sum[1]);
}
/** Rounds to nearest, ties to even. */
DCGAN_BFLOAT16_CODE DCGAN_INLINE void store_sums(BFloat16Bits* to, const Sums sum[2]) {
  _mm512_storeu_si512(to, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(sum[1], sum[0])));
}

/** Two rows [32] → [32][2]. */
DCGAN_BFLOAT16_CODE DCGAN_INLINE void interleave(const BFloat16Bits* first, const BFloat16Bits* second,
                                                 BFloat16Bits* to) {
  // Lane 2i of the left half is number i of the first row, lane 2i + 1 that of the second, whose numbers
  // count from 32; the right half has 16 more of both.
  alignas(64) uint16_t numbers[panel_width];
  for (int i = 0; i < panel_width; ++i) numbers[i] = static_cast<uint16_t>(i / 2 + i % 2 * panel_width);
  const __m512i left = _mm512_load_si512(numbers), right = _mm512_add_epi16(left, _mm512_set1_epi16(16));
  const __m512i a = _mm512_loadu_si512(first), b = _mm512_loadu_si512(second);
  _mm512_storeu_si512(to, _mm512_permutex2var_epi16(a, left, b));
  _mm512_storeu_si512(to + panel_width, _mm512_permutex2var_epi16(a, right, b));
}

}  // namespace dcgan::bfloat16_unit
#elif defined(DCGAN_HAS_BFLOAT16_CODE)
#include <arm_neon.h>
#include <sys/auxv.h>

namespace dcgan::bfloat16_unit {

/** BFDOT and BFCVT of NEON. */
using Sums = float32x4_t;
using Pairs = bfloat16x8_t;
inline constexpr int64_t lanes = 4;
inline constexpr int most_rows = 8;

/** Bit of AT_HWCAP2, as Linux numbers them, which older headers do not name. */
inline bool is_there() { return getauxval(AT_HWCAP2) & 1ul << 14; }

DCGAN_BFLOAT16_CODE DCGAN_INLINE Sums load_sums(const float* from) { return vld1q_f32(from); }
DCGAN_BFLOAT16_CODE DCGAN_INLINE Pairs load_pairs(const BFloat16Bits* from) {
  return vreinterpretq_bf16_u16(vld1q_u16(&from->bits));
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE Pairs broadcast(uint32_t pair) {
  return vreinterpretq_bf16_u32(vdupq_n_u32(pair));
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE Sums multiply_add(Sums sum, Pairs a, Pairs b) {
  return vbfdotq_f32(sum, a, b);
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE void store_sums(float* to, const Sums sum[2]) {
  vst1q_f32(to, sum[0]);
  vst1q_f32(to + lanes, sum[1]);
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE void store_sums(BFloat16Bits* to, const Sums sum[2]) {
  const bfloat16x8_t rounded = vcvtq_high_bf16_f32(vcvtq_low_bf16_f32(sum[0]), sum[1]);
  vst1q_u16(&to->bits, vreinterpretq_u16_bf16(rounded));
}

DCGAN_BFLOAT16_CODE DCGAN_INLINE void interleave(const BFloat16Bits* first, const BFloat16Bits* second,
                                                 BFloat16Bits* to) {
  for (int64_t i = 0; i < panel_width; i += 2 * lanes)
    vst2q_u16(&to[2 * i].bits, {{vld1q_u16(&first[i].bits), vld1q_u16(&second[i].bits)}});
}

}  // namespace dcgan::bfloat16_unit
#endif
