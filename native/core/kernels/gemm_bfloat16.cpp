#include "gemm.h"

#ifdef DCGAN_HAS_BFLOAT16_CODE
#include "bfloat16_unit.h"

namespace dcgan {
namespace {

using namespace bfloat16_unit;

constexpr int64_t pair_row = 2 * panel_width;

/**
 * `Rows` × 2 vectors of C, held in registers until all terms have passed by. A pair of A
 * is one 32-bit number.
 */
template <int Rows, bool Transposed, bool Accumulate, typename C>
DCGAN_BFLOAT16_CODE DCGAN_INLINE void multiply_tile(const PanelTerm<BFloat16Bits>* terms, int64_t count,
                                                    int64_t row, int64_t column, C* c, int64_t stride,
                                                    const Ahead<BFloat16Bits>& ahead, int64_t& asked) {
  constexpr int64_t row_step = Transposed ? 2 : panel_width, depth_step = Transposed ? pair_row : 2;
  Sums sum[Rows][2] = {};
  c += row * stride + column;
  if constexpr (Accumulate) {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      sum[r][0] = load_sums(c + r * stride);
      sum[r][1] = load_sums(c + r * stride + lanes);
    }
  }
  for (int64_t t = 0; t < count; ++t) {
    const BFloat16Bits* a = terms[t].a + row * row_step;
    const BFloat16Bits* b = terms[t].b + 2 * column;
    const char* next = ahead.at(asked++, b);
    for (int64_t k = 0; k < terms[t].depth; k += 2, a += depth_step, b += pair_row, next += cache_line) {
      __builtin_prefetch(next, 0, 2);
      const Pairs b0 = load_pairs(b), b1 = load_pairs(b + 2 * lanes);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        uint32_t pair;
        __builtin_memcpy(&pair, a + r * row_step, sizeof pair);
        const Pairs both = broadcast(pair);
        sum[r][0] = multiply_add(sum[r][0], both, b0);
        sum[r][1] = multiply_add(sum[r][1], both, b1);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) store_sums(c + r * stride, sum[r]);
}

template <bool Transposed, bool Accumulate, typename C>
DCGAN_BFLOAT16_CODE void multiply_rows(const PanelTerm<BFloat16Bits>* terms, int64_t count, int64_t rows,
                                       C* c, int64_t stride, const Ahead<BFloat16Bits>& ahead) {
  int64_t asked = 0;
  for (int64_t column = 0; column < panel_width; column += 2 * lanes) {
    int64_t row = 0;
    const auto take = [&]<int Rows>() DCGAN_BFLOAT16_CODE DCGAN_INLINE_LAMBDA {
      multiply_tile<Rows, Transposed, Accumulate>(terms, count, row, column, c, stride, ahead, asked);
      row += Rows;
    };
    while (row + most_rows <= rows) take.template operator()<most_rows>();
    if (row + 8 <= rows) take.template operator()<8>();
    if (row + 4 <= rows) take.template operator()<4>();
    while (row < rows) take.template operator()<1>();
  }
}

}  // namespace

bool multiplies_bfloat16() {
  static const bool does = is_there();
  return does;
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

DCGAN_BFLOAT16_CODE void pair_rows(const BFloat16Bits* from, int64_t rows, BFloat16Bits* to) {
  constexpr BFloat16Bits zeros[panel_width] = {};
  for (int64_t row = 0; row < rows; row += 2, from += pair_row, to += pair_row) {
    interleave(from, row + 1 < rows ? from + panel_width : zeros, to);
  }
}

}  // namespace dcgan
#endif
