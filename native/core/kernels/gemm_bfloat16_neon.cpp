#include "gemm.h"

#if defined(DCGAN_HAS_BFLOAT16_CODE) && defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>

namespace dcgan {
namespace {

constexpr int64_t pair_row = 2 * panel_width;
/** Bit of AT_HWCAP2, as Linux numbers them: BFDOT and BFCVT, which older headers do not name. */
constexpr unsigned long hwcap2_bfloat16 = 1ul << 14;

DCGAN_BFLOAT16_CODE DCGAN_INLINE bfloat16x8_t load_pairs(const BFloat16Bits* from) {
  return vreinterpretq_bf16_u16(vld1q_u16(&from->bits));
}
/** One pair, in the first lane. */
DCGAN_BFLOAT16_CODE DCGAN_INLINE bfloat16x4_t load_pair(const BFloat16Bits* from) {
  uint32_t pair;
  __builtin_memcpy(&pair, from, sizeof pair);
  return vreinterpret_bf16_u32(vset_lane_u32(pair, vdup_n_u32(0), 0));
}

DCGAN_BFLOAT16_CODE DCGAN_INLINE void start(float32x4_t sum[2], const float* c) {
  sum[0] = vld1q_f32(c);
  sum[1] = vld1q_f32(c + 4);
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE void finish(float* c, const float32x4_t sum[2]) {
  vst1q_f32(c, sum[0]);
  vst1q_f32(c + 4, sum[1]);
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE void finish(BFloat16Bits* c, const float32x4_t sum[2]) {
  const bfloat16x8_t rounded = vcvtq_high_bf16_f32(vcvtq_low_bf16_f32(sum[0]), sum[1]);
  vst1q_u16(&c->bits, vreinterpretq_u16_bf16(rounded));
}

/**
 * `Rows` × 8 of C, held in registers until all terms have passed by: 16 of 32 registers leave room for B
 * and the pairs of A.
 */
template <int Rows, bool Transposed, bool Accumulate, typename C>
DCGAN_BFLOAT16_CODE DCGAN_INLINE void multiply_tile(const PanelTerm<BFloat16Bits>* terms, int64_t count,
                                                    int64_t row, int64_t column, C* c, int64_t stride,
                                                    const Ahead<BFloat16Bits>& ahead, int64_t& asked) {
  constexpr int64_t row_step = Transposed ? 2 : panel_width, depth_step = Transposed ? pair_row : 2;
  float32x4_t sum[Rows][2] = {};
  c += row * stride + column;
  if constexpr (Accumulate) {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) start(sum[r], c + r * stride);
  }
  for (int64_t t = 0; t < count; ++t) {
    const BFloat16Bits* a = terms[t].a + row * row_step;
    const BFloat16Bits* b = terms[t].b + 2 * column;
    const char* next = ahead.at(asked++, b);
    for (int64_t k = 0; k < terms[t].depth; k += 2, a += depth_step, b += pair_row, next += cache_line) {
      __builtin_prefetch(next, 0, 2);
      const bfloat16x8_t b0 = load_pairs(b), b1 = load_pairs(b + 8);
#pragma GCC unroll 8
      for (int r = 0; r < Rows; ++r) {
        const bfloat16x4_t pair = load_pair(a + r * row_step);
        sum[r][0] = vbfdotq_lane_f32(sum[r][0], b0, pair, 0);
        sum[r][1] = vbfdotq_lane_f32(sum[r][1], b1, pair, 0);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) finish(c + r * stride, sum[r]);
}

template <bool Transposed, bool Accumulate, typename C>
DCGAN_BFLOAT16_CODE void multiply_rows(const PanelTerm<BFloat16Bits>* terms, int64_t count, int64_t rows,
                                       C* c, int64_t stride, const Ahead<BFloat16Bits>& ahead) {
  int64_t asked = 0;
  for (int64_t column = 0; column < panel_width; column += 8) {
    int64_t row = 0;
    for (; row + 8 <= rows; row += 8) {
      multiply_tile<8, Transposed, Accumulate>(terms, count, row, column, c, stride, ahead, asked);
    }
    for (; row + 2 <= rows; row += 2) {
      multiply_tile<2, Transposed, Accumulate>(terms, count, row, column, c, stride, ahead, asked);
    }
    if (row < rows)
      multiply_tile<1, Transposed, Accumulate>(terms, count, row, column, c, stride, ahead, asked);
  }
}

}  // namespace

bool multiplies_bfloat16() {
  static const bool has = getauxval(AT_HWCAP2) & hwcap2_bfloat16;
  return has;
}

void multiply_panels(const PanelTerm<BFloat16Bits>* terms, int64_t count, int64_t rows, BFloat16Bits* c,
                     int64_t stride, const Ahead<BFloat16Bits>& ahead) {
  multiply_rows<false, false>(terms, count, rows, c, stride, ahead);
}

void multiply_panels_transposed(const PanelTerm<BFloat16Bits>* terms, int64_t count, int64_t rows, float* c,
                                int64_t stride, bool accumulate, const Ahead<BFloat16Bits>& ahead) {
  if (accumulate) {
    multiply_rows<true, true>(terms, count, rows, c, stride, ahead);
  } else {
    multiply_rows<true, false>(terms, count, rows, c, stride, ahead);
  }
}

void pair_rows(const BFloat16Bits* from, int64_t rows, BFloat16Bits* to) {
  constexpr int64_t together = 8;
  for (int64_t row = 0; row < rows; row += 2, from += pair_row, to += pair_row) {
    for (int64_t i = 0; i < panel_width; i += together) {
      const uint16x8_t second = row + 1 < rows ? vld1q_u16(&from[panel_width + i].bits) : vdupq_n_u16(0);
      vst2q_u16(&to[2 * i].bits, {{vld1q_u16(&from[i].bits), second}});
    }
  }
}

}  // namespace dcgan
#endif
