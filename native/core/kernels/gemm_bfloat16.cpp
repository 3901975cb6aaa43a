#include "gemm.h"

#ifdef DCGAN_HAS_VECTOR_CLONES
#include <immintrin.h>

namespace dcgan {
namespace {

constexpr int64_t pair_row = 2 * panel_width;

DCGAN_BFLOAT16_CODE DCGAN_INLINE void start(__m512 sum[2], const float* c) {
  sum[0] = _mm512_loadu_ps(c);
  sum[1] = _mm512_loadu_ps(c + 16);
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE void finish(float* c, const __m512 sum[2]) {
  _mm512_storeu_ps(c, sum[0]);
  _mm512_storeu_ps(c + 16, sum[1]);
}
DCGAN_BFLOAT16_CODE DCGAN_INLINE void finish(BFloat16Bits* c, const __m512 sum[2]) {
  _mm512_storeu_si512(c, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(sum[1], sum[0])));
}

/**
 * `Rows` × 32 of C, held in registers until all terms have passed by. A pair of A
 * is one 32-bit number.
 */
template <int Rows, bool Transposed, bool Accumulate, typename C>
DCGAN_BFLOAT16_CODE DCGAN_INLINE void multiply_tile(const PanelTerm<BFloat16Bits>* terms, int64_t count,
                                                    int64_t row, C* c, int64_t stride,
                                                    const Ahead<BFloat16Bits>& ahead, int64_t& asked) {
  constexpr int64_t row_step = Transposed ? 2 : panel_width, depth_step = Transposed ? pair_row : 2;
  __m512 sum[Rows][2] = {};
  c += row * stride;
  if constexpr (Accumulate) {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) start(sum[r], c + r * stride);
  }
  for (int64_t t = 0; t < count; ++t) {
    const BFloat16Bits* a = terms[t].a + row * row_step;
    const BFloat16Bits* b = terms[t].b;
    const char* next = ahead.at(asked++, b);
    for (int64_t k = 0; k < terms[t].depth; k += 2, a += depth_step, b += pair_row, next += cache_line) {
      __builtin_prefetch(next, 0, 2);
      const auto b0 = reinterpret_cast<__m512bh>(_mm512_loadu_si512(b));
      const auto b1 = reinterpret_cast<__m512bh>(_mm512_loadu_si512(b + panel_width));
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        int pair;
        __builtin_memcpy(&pair, a + r * row_step, sizeof pair);
        const auto both = reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
        sum[r][0] = _mm512_dpbf16_ps(sum[r][0], both, b0);
        sum[r][1] = _mm512_dpbf16_ps(sum[r][1], both, b1);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) finish(c + r * stride, sum[r]);
}

template <bool Transposed, bool Accumulate, typename C>
DCGAN_BFLOAT16_CODE void multiply_rows(const PanelTerm<BFloat16Bits>* terms, int64_t count, int64_t rows,
                                       C* c, int64_t stride, const Ahead<BFloat16Bits>& ahead) {
  int64_t row = 0, asked = 0;
  for (; row + 12 <= rows; row += 12) {
    multiply_tile<12, Transposed, Accumulate>(terms, count, row, c, stride, ahead, asked);
  }
  if (row + 8 <= rows) {
    multiply_tile<8, Transposed, Accumulate>(terms, count, row, c, stride, ahead, asked);
    row += 8;
  }
  if (row + 4 <= rows) {
    multiply_tile<4, Transposed, Accumulate>(terms, count, row, c, stride, ahead, asked);
    row += 4;
  }
  for (; row < rows; ++row)
    multiply_tile<1, Transposed, Accumulate>(terms, count, row, c, stride, ahead, asked);
}

}  // namespace

bool multiplies_bfloat16() { return __builtin_cpu_supports("avx512bf16"); }

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

DCGAN_BFLOAT16_CODE void pair_rows(const BFloat16Bits* from, int64_t rows, BFloat16Bits* to) {
  // A row is 32 numbers of 16 bits. Lane 2i of the left half is number i of the first row, lane 2i
  // + 1 that of the second, whose numbers count from 32; the right half has 16 more of both.
  alignas(64) uint16_t lanes[panel_width];
  for (int i = 0; i < panel_width; ++i) lanes[i] = static_cast<uint16_t>(i / 2 + i % 2 * panel_width);
  const __m512i left = _mm512_load_si512(lanes), right = _mm512_add_epi16(left, _mm512_set1_epi16(16));
  for (int64_t row = 0; row < rows; row += 2, from += pair_row, to += pair_row) {
    const __m512i first = _mm512_loadu_si512(from);
    const __m512i second = row + 1 < rows ? _mm512_loadu_si512(from + panel_width) : _mm512_setzero_si512();
    _mm512_storeu_si512(to, _mm512_permutex2var_epi16(first, left, second));
    _mm512_storeu_si512(to + panel_width, _mm512_permutex2var_epi16(first, right, second));
  }
}

}  // namespace dcgan
#endif
