#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include "scalar_types.h"

namespace dcgan {

/** 16 channels at once; narrower vector units take them in pieces. */
typedef float Float16Lanes __attribute__((vector_size(64), aligned(4), may_alias));
inline constexpr int64_t lanes = 16;

DCGAN_INLINE Float16Lanes load_lanes(const float* from) {
  return *reinterpret_cast<const Float16Lanes*>(from);
}
DCGAN_INLINE void store_lanes(float* to, Float16Lanes value) { *reinterpret_cast<Float16Lanes*>(to) = value; }

typedef uint16_t Bits16Lanes __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint32_t Word16Lanes __attribute__((vector_size(64), aligned(4), may_alias));

/** The same as `load` and `store` of scalar_types.h. */
DCGAN_INLINE Float16Lanes load_lanes(const BFloat16Bits* from) {
  const auto bits = *reinterpret_cast<const Bits16Lanes*>(from);
  return std::bit_cast<Float16Lanes>(__builtin_convertvector(bits, Word16Lanes) << 16);
}
DCGAN_INLINE void store_lanes(BFloat16Bits* to, Float16Lanes value) {
  const auto word = std::bit_cast<Word16Lanes>(value);
  const Word16Lanes rounded = (word + 0x7FFF + (word >> 16 & 1)) >> 16;
  *reinterpret_cast<Bits16Lanes*>(to) = __builtin_convertvector(rounded, Bits16Lanes);
}

#ifdef DCGAN_HAS_BFLOAT16_CODE
/**
 * The same by one instruction, in functions that are DCGAN_BFLOAT16_CODE. The compiler's intrinsic
 * could be inlined only into such functions themselves, and there are helpers in between.
 */
DCGAN_INLINE void store_lanes_by_instruction(BFloat16Bits* to, Float16Lanes value) {
#ifdef __aarch64__
  typedef float Quad __attribute__((vector_size(16)));
  typedef uint16_t Bits8Lanes __attribute__((vector_size(16), aligned(2), may_alias));
  const auto quads = std::bit_cast<std::array<Quad, 4>>(value);
  for (size_t i = 0; i < quads.size(); i += 2) {
    Bits8Lanes rounded;
    asm("bfcvtn %0.4h, %1.4s\n\tbfcvtn2 %0.8h, %2.4s" : "=&w"(rounded) : "w"(quads[i]), "w"(quads[i + 1]));
    *reinterpret_cast<Bits8Lanes*>(to + 4 * i) = rounded;
  }
#else
  Bits16Lanes rounded;
  asm("vcvtneps2bf16 %g1, %t0" : "=v"(rounded) : "v"(value));
  *reinterpret_cast<Bits16Lanes*>(to) = rounded;
#endif
}
#endif

namespace winograd_detail {

template <bool Transposed, size_t R, size_t C>
constexpr float entry(const std::array<std::array<float, C>, R>& matrix, size_t row, size_t column) {
  return Transposed ? matrix[column][row] : matrix[row][column];
}

/** One entry of a matrix times a vector. The matrix is a constant, so its zeros cost nothing. */
template <const auto& Matrix, bool Transposed, size_t Row, size_t... Column>
DCGAN_INLINE Float16Lanes row_times(const Float16Lanes* in, std::index_sequence<Column...>) {
  Float16Lanes sum = {};
  const auto add = [&](auto column) DCGAN_INLINE_LAMBDA {
    constexpr float factor = entry<Transposed>(Matrix, Row, column());
    if constexpr (factor != 0) sum += factor * in[column()];
  };
  (add(std::integral_constant<size_t, Column>{}), ...);
  return sum;
}

template <const auto& Matrix, bool Transposed>
constexpr size_t rows_of() {
  return Transposed ? Matrix[0].size() : Matrix.size();
}

}  // namespace winograd_detail

/** out = Matrix · in, or Matrixᵀ · in. `store(i, value)` takes the results. */
template <const auto& Matrix, bool Transposed, typename Store>
DCGAN_INLINE void multiply_constant(const Float16Lanes* in, const Store& store) {
  using namespace winograd_detail;
  [&]<size_t... Row>(std::index_sequence<Row...>) DCGAN_INLINE_LAMBDA {
    (store(Row, row_times<Matrix, Transposed, Row>(
                    in, std::make_index_sequence<rows_of<Matrix, !Transposed>()>{})),
     ...);
  }(std::make_index_sequence<rows_of<Matrix, Transposed>()>{});
}

/**
 * Y = L X Lᵀ on 16 channels at once, where L is Matrix or its transpose: X is read as load(i, j), Y
 * written as store(p, q, value).
 */
template <const auto& Matrix, bool Transposed, typename Load, typename Store>
DCGAN_INLINE void transform(const Load& load, const Store& store) {
  constexpr size_t in = winograd_detail::rows_of<Matrix, !Transposed>();
  constexpr size_t out = winograd_detail::rows_of<Matrix, Transposed>();
  Float16Lanes half[out][in];
  for (size_t j = 0; j < in; ++j) {
    Float16Lanes column[in];
    for (size_t i = 0; i < in; ++i) column[i] = load(i, j);
    multiply_constant<Matrix, Transposed>(
        column, [&](size_t p, Float16Lanes value) DCGAN_INLINE_LAMBDA { half[p][j] = value; });
  }
  for (size_t p = 0; p < out; ++p) {
    multiply_constant<Matrix, Transposed>(
        half[p], [&](size_t q, Float16Lanes value) DCGAN_INLINE_LAMBDA { store(p, q, value); });
  }
}

}  // namespace dcgan
