#include "gemm.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "vector_clones.h"

namespace dcgan {
namespace {

template <int Lanes>
struct Vector {
  typedef float type __attribute__((vector_size(Lanes * sizeof(float)), aligned(4), may_alias));
};

/**
 * `Rows` × 2 vectors of C, held in registers while two terms pass by and then added to C: shorter
 * sums round less. A(r, k) is a[r·32 + k], or a[k·32 + r].
 */
template <int Rows, int Lanes, bool Transposed>
DCGAN_INLINE void multiply_tile(const PanelTerm<float>* terms, int64_t count, int64_t row, int64_t column,
                                float* c, int64_t stride, bool accumulate, const Ahead<float>& ahead,
                                int64_t& asked) {
  using V = typename Vector<Lanes>::type;
  constexpr int64_t row_step = Transposed ? 1 : panel_width, depth_step = Transposed ? panel_width : 1;
  c += row * stride + column;
  for (int64_t t = 0; t < count; t += 2, accumulate = true) {
    V sum[Rows][2] = {};
    for (int64_t u = t; u < std::min(t + 2, count); ++u) {
      const float* a = terms[u].a + row * row_step;
      const float* b = terms[u].b + column;
      const char* next = ahead.at(asked++, b);
      for (int64_t k = 0; k < terms[u].depth; ++k, a += depth_step, b += panel_width, next += cache_line) {
        __builtin_prefetch(next, 0, 2);
        const V b0 = *reinterpret_cast<const V*>(b), b1 = *reinterpret_cast<const V*>(b + Lanes);
#pragma GCC unroll 16
        for (int r = 0; r < Rows; ++r) {
          sum[r][0] += a[r * row_step] * b0;
          sum[r][1] += a[r * row_step] * b1;
        }
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      V* to = reinterpret_cast<V*>(c + r * stride);
      to[0] = accumulate ? to[0] + sum[r][0] : sum[r][0];
      to[1] = accumulate ? to[1] + sum[r][1] : sum[r][1];
    }
  }
}

/** All rows of one panel of C: blocks of `Rows` rows, then what is left in powers of two. */
template <int Rows, int Lanes, bool Transposed>
DCGAN_INLINE void multiply_rows(const PanelTerm<float>* terms, int64_t count, int64_t rows, float* c,
                                int64_t stride, bool accumulate, const Ahead<float>& ahead) {
  int64_t asked = 0;
  for (int64_t column = 0; column < panel_width; column += 2 * Lanes) {
    int64_t row = 0;
    for (; row + Rows <= rows; row += Rows) {
      multiply_tile<Rows, Lanes, Transposed>(terms, count, row, column, c, stride, accumulate, ahead, asked);
    }
    if constexpr (Rows > 8) {
      if (row + 8 <= rows) {
        multiply_tile<8, Lanes, Transposed>(terms, count, row, column, c, stride, accumulate, ahead, asked);
        row += 8;
      }
    }
    if constexpr (Rows > 4) {
      if (row + 4 <= rows) {
        multiply_tile<4, Lanes, Transposed>(terms, count, row, column, c, stride, accumulate, ahead, asked);
        row += 4;
      }
    }
    for (; row + 2 <= rows; row += 2) {
      multiply_tile<2, Lanes, Transposed>(terms, count, row, column, c, stride, accumulate, ahead, asked);
    }
    if (row < rows)
      multiply_tile<1, Lanes, Transposed>(terms, count, row, column, c, stride, accumulate, ahead, asked);
  }
}

// The shape of the register tile depends on how many registers there are, so these are versions
// written out, not clones: 12 × 32 leaves 8 of 32 registers for B and a broadcast of A, 6 × 16 and
// 4 × 8 do with 16. NEON has 32 as well, but 12 × 8 spills there, since what A is multiplied by are lanes of
// registers: 8 × 8.
#ifdef DCGAN_HAS_VECTOR_CLONES
#define DCGAN_VERSIONS(NAME, TRANSPOSED)                                                                   \
  __attribute__((target("arch=x86-64-v4"))) void NAME(const PanelTerm<float>* terms, int64_t count,        \
                                                      int64_t rows, float* c, int64_t stride,              \
                                                      bool accumulate, const Ahead<float>& ahead) {        \
    multiply_rows<12, 16, TRANSPOSED>(terms, count, rows, c, stride, accumulate, ahead);                   \
  }                                                                                                        \
  __attribute__((target("arch=x86-64-v3"))) void NAME(const PanelTerm<float>* terms, int64_t count,        \
                                                      int64_t rows, float* c, int64_t stride,              \
                                                      bool accumulate, const Ahead<float>& ahead) {        \
    multiply_rows<6, 8, TRANSPOSED>(terms, count, rows, c, stride, accumulate, ahead);                     \
  }                                                                                                        \
  __attribute__((target("default"))) void NAME(const PanelTerm<float>* terms, int64_t count, int64_t rows, \
                                               float* c, int64_t stride, bool accumulate,                  \
                                               const Ahead<float>& ahead) {                                \
    multiply_rows<4, 4, TRANSPOSED>(terms, count, rows, c, stride, accumulate, ahead);                     \
  }
#else
#ifdef DCGAN_ONLY_AVX2
constexpr int tile_rows = 6, tile_lanes = 8;
#elif defined(__aarch64__)
constexpr int tile_rows = 8, tile_lanes = 4;
#else
constexpr int tile_rows = 4, tile_lanes = 4;
#endif
#define DCGAN_VERSIONS(NAME, TRANSPOSED)                                                                \
  DCGAN_VECTOR_CLONES void NAME(const PanelTerm<float>* terms, int64_t count, int64_t rows, float* c,   \
                                int64_t stride, bool accumulate, const Ahead<float>& ahead) {           \
    multiply_rows<tile_rows, tile_lanes, TRANSPOSED>(terms, count, rows, c, stride, accumulate, ahead); \
  }
#endif
DCGAN_VERSIONS(multiply_version, false)
DCGAN_VERSIONS(multiply_transposed_version, true)
#undef DCGAN_VERSIONS

int64_t panels(int64_t columns) { return (columns + panel_width - 1) / panel_width; }

template <typename From, typename To>
DCGAN_INLINE void pack_rows_in(const From* from, int64_t stride, int64_t depth, int64_t width, To* to) {
  for (int64_t k = 0; k < depth; ++k, from += stride, to += panel_width) {
    for (int64_t i = 0; i < width; ++i) store(to[i], load(from[i]));
    for (int64_t i = width; i < panel_width; ++i) store(to[i], 0);
  }
}
/**
 * Copies rows [depth] of a row-major matrix's columns into a panel [depth][32]; lanes
 * past `width` become zero.
 */
DCGAN_VECTOR_CLONES void pack_rows(const float* from, int64_t stride, int64_t depth, int64_t width,
                                   float* to) {
  pack_rows_in(from, stride, depth, width, to);
}
DCGAN_VECTOR_CLONES void pack_rows(const BFloat16Bits* from, int64_t stride, int64_t depth, int64_t width,
                                   float* to) {
  pack_rows_in(from, stride, depth, width, to);
}

/**
 * The same of a matrix that is stored transposed: `width` rows of [depth] become the
 * panel's columns. Not cloned on purpose: gather and scatter instructions are slower than
 * single loads and stores.
 */
template <typename From, typename To>
void pack_columns(const From* from, int64_t stride, int64_t depth, int64_t width, To* to) {
  for (int64_t i = 0; i < width; ++i) {
    for (int64_t k = 0; k < depth; ++k) store(to[k * panel_width + i], load(from[i * stride + k]));
  }
  for (int64_t i = width; i < panel_width; ++i) {
    for (int64_t k = 0; k < depth; ++k) store(to[k * panel_width + i], 0);
  }
}

/** Rows of a panel of bfloat16 that are packed at once, before they are paired. */
constexpr int64_t paired_rows = 64;

#ifdef DCGAN_HAS_BFLOAT16_CODE
DCGAN_VECTOR_CLONES void pack_rows(const BFloat16Bits* from, int64_t stride, int64_t depth, int64_t width,
                                   BFloat16Bits* to) {
  pack_rows_in(from, stride, depth, width, to);
}
DCGAN_VECTOR_CLONES void pack_rows(const float* from, int64_t stride, int64_t depth, int64_t width,
                                   BFloat16Bits* to) {
  pack_rows_in(from, stride, depth, width, to);
}
#endif

/** Packs the first `rows` of a panel, of a matrix that is stored as `transpose` says. */
template <typename From, typename To>
void pack_panel(const From* from, Transpose transpose, int64_t stride, int64_t rows, int64_t width, To* to) {
  if (transpose == Transpose::no) {
    pack_rows(from, stride, rows, width, to);
  } else {
    pack_columns(from, stride, rows, width, to);
  }
}

/** Rows of a packed panel: of bfloat16 they lie in pairs. */
template <typename P>
int64_t packed_rows(int64_t rows) {
  return std::is_same_v<P, float> ? rows : (rows + 1) / 2 * 2;
}

/** A row-major [rows, columns], or its transpose [columns, rows] as stored, → panels. */
template <typename P, typename From>
void pack(const From* from, Transpose transpose, int64_t rows, int64_t columns, P* to) {
  const int64_t stride = transpose == Transpose::no ? columns : rows;
  for_each_task(panels(columns), [&](int64_t i) {
    const int64_t column = i * panel_width, width = std::min(panel_width, columns - column);
    const From* first = transpose == Transpose::no ? from + column : from + column * rows;
    P* panel = to + column * packed_rows<P>(rows);
    if constexpr (std::is_same_v<P, float>) {
      pack_panel(first, transpose, stride, rows, width, panel);
    } else {
      P piece[paired_rows * panel_width];
      for (int64_t row = 0; row < rows; row += paired_rows) {
        const int64_t count = std::min(paired_rows, rows - row);
        pack_panel(first + row * (transpose == Transpose::no ? stride : 1), transpose, stride, count, width,
                   piece);
        pair_rows(piece, count, panel + row * panel_width);
      }
    }
  });
}

/** C = A B by panels of P: float, or bfloat16 where the CPU multiplies such. */
template <typename P, typename A, typename B, typename C>
void multiply(const A* a, Transpose transpose_a, const B* b, Transpose transpose_b, C* c, int64_t m,
              int64_t n, int64_t k, const Scratch& scratch) {
  // A too is packed as [k, m] in panels of 32 of its rows: a broadcast then reads one line for all
  // rows of a tile.
  const int64_t packed = packed_rows<P>(k);
  P* packed_a = reinterpret_cast<P*>(scratch.data());
  P* packed_b = packed_a + panels(m) * panel_width * packed;
  pack(a, transpose_a == Transpose::no ? Transpose::yes : Transpose::no, k, m, packed_a);
  pack(b, transpose_b, k, n, packed_b);
  constexpr int64_t depth = 64;
  const int64_t down = panels(m), across = panels(n);
  // The longer side is the outer loop, so that its panel stays in the cache while the
  // shorter side passes by.
  for_each_task(std::max(down, across), [&](int64_t outer) {
    for (int64_t inner = 0; inner < std::min(down, across); ++inner) {
      const int64_t row = (down > across ? outer : inner) * panel_width;
      const int64_t column = (down > across ? inner : outer) * panel_width;
      const int64_t rows = std::min(panel_width, m - row), columns = std::min(panel_width, n - column);
      float edge[panel_width * panel_width];
      float* to = edge;
      if constexpr (std::is_same_v<C, float>) {
        if (columns == panel_width) to = c + row * n + column;
      }
      const int64_t stride = to == edge ? panel_width : n;
      for (int64_t from = 0; from < packed; from += depth) {
        const PanelTerm<P> term = {packed_a + row * packed + from * panel_width,
                                   packed_b + column * packed + from * panel_width,
                                   std::min(depth, packed - from)};
        multiply_panels_transposed(&term, 1, rows, to, stride, from > 0);
      }
      for (int64_t r = 0; r < rows && to == edge; ++r) {
        C* line = c + (row + r) * n + column;
        for (int64_t i = 0; i < columns; ++i) store(line[i], edge[r * panel_width + i]);
      }
    }
  });
}

/** The same in bfloat16 on CPUs that have instructions for it, in float32 on others. */
template <typename A, typename B, typename C>
void multiply_narrow(const A* a, Transpose transpose_a, const B* b, Transpose transpose_b, C* c, int64_t m,
                     int64_t n, int64_t k, const Scratch& scratch) {
#ifdef DCGAN_HAS_BFLOAT16_CODE
  if (multiplies_bfloat16()) {
    return multiply<BFloat16Bits>(a, transpose_a, b, transpose_b, c, m, n, k, scratch);
  }
#endif
  multiply<float>(a, transpose_a, b, transpose_b, c, m, n, k, scratch);
}

}  // namespace

void multiply_panels(const PanelTerm<float>* terms, int64_t count, int64_t rows, float* c, int64_t stride,
                     const Ahead<float>& ahead) {
  multiply_version(terms, count, rows, c, stride, false, ahead);
}

void multiply_panels_transposed(const PanelTerm<float>* terms, int64_t count, int64_t rows, float* c,
                                int64_t stride, bool accumulate, const Ahead<float>& ahead) {
  multiply_transposed_version(terms, count, rows, c, stride, accumulate, ahead);
}

void Scratch::Free::operator()(float* p) const { std::free(p); }

void Scratch::reserve(size_t count) {
  if (count <= count_) return;
  constexpr size_t huge_page = size_t{2} << 20;
  const size_t bytes = (count * sizeof(float) + huge_page - 1) / huge_page * huge_page;
  void* from_system = std::aligned_alloc(huge_page, bytes);
  if (from_system == nullptr && make_room != nullptr) {
    make_room();
    from_system = std::aligned_alloc(huge_page, bytes);
  }
  if (from_system == nullptr) throw std::bad_alloc();
  std::unique_ptr<float, Free> larger(static_cast<float*>(from_system));
#ifdef __linux__
  madvise(larger.get(), bytes, MADV_HUGEPAGE);
#endif
  data_ = std::move(larger);
  count_ = bytes / sizeof(float);
}

size_t gemm_scratch(int64_t m, int64_t n, int64_t k) {
  // Of bfloat16 half of it would do.
  return static_cast<size_t>((panels(m) + panels(n)) * panel_width * (k + 1));
}

void gemm(const float* a, Transpose transpose_a, const float* b, Transpose transpose_b, float* c, int64_t m,
          int64_t n, int64_t k, const Scratch& scratch) {
  multiply<float>(a, transpose_a, b, transpose_b, c, m, n, k, scratch);
}

void gemm(const BFloat16Bits* a, Transpose transpose_a, const float* b, Transpose transpose_b,
          BFloat16Bits* c, int64_t m, int64_t n, int64_t k, const Scratch& scratch) {
  multiply_narrow(a, transpose_a, b, transpose_b, c, m, n, k, scratch);
}

void gemm(const BFloat16Bits* a, Transpose transpose_a, const BFloat16Bits* b, Transpose transpose_b,
          float* c, int64_t m, int64_t n, int64_t k, const Scratch& scratch) {
  multiply_narrow(a, transpose_a, b, transpose_b, c, m, n, k, scratch);
}

}  // namespace dcgan
