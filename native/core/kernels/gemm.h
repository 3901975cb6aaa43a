#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "scalar_types.h"

namespace dcgan {

/**
 * Matrix products on operands that are already packed, for transforms that can write them so, and
 * `gemm` for plain row-major matrices. A packed matrix [rows, columns] is ⌈columns/32⌉ panels, each
 * [rows][32] and contiguous. A product sums in float32; every element of it is summed in one order,
 * whatever the thread count and however the rows are split.
 */
inline constexpr int64_t panel_width = 32;

/** Bytes that memory gives at once. */
inline constexpr int64_t cache_line = 64;

/**
 * Part of a sum of products: `depth` columns of A (or rows, if A is read transposed) times as
 * many rows of B.
 */
template <typename T>
struct PanelTerm {
  const T* a;     // one panel of A
  const T* b;     // rows of one panel of B
  int64_t depth;  // float: at most 32 unless A is read transposed; sums of two terms round as one
};

/**
 * Memory that the next product reads or writes, asked for while one is computed: operands come from the
 * second cache or from farther, in an order that the CPU does not foresee. A product asks for a piece for
 * each term of each block of rows, a line for each row of B; what does not fit in is left out.
 */
template <typename T>
class Ahead {
 public:
  /** What a term's sum takes the time for: half of a panel's 32 rows. */
  static constexpr int64_t piece = panel_width * panel_width / 2;

  template <typename U>
  void add(const U* from, int64_t elements) {
    const char* at = reinterpret_cast<const char*>(from);
    const char* end = reinterpret_cast<const char*>(from + elements);
    for (; at < end && count_ < most; at += piece * sizeof(T)) pieces_[count_++] = at;
  }
  /** Share `i` of `shares` of what another lists. */
  void add_share(const Ahead& of, int64_t i, int64_t shares) {
    for (int64_t k = of.count_ * i / shares; k < of.count_ * (i + 1) / shares && count_ < most; ++k)
      pieces_[count_++] = of.pieces_[k];
  }
  /** Piece `i`, or what is as good as nothing. */
  const char* at(int64_t i, const T* nothing) const {
    return i < count_ ? pieces_[i] : reinterpret_cast<const char*>(nothing);
  }

 private:
  static constexpr int64_t most = 128;
  const char* pieces_[most];
  int64_t count_ = 0;
};

/**
 * c [rows, 32] (rows `stride` apart) = Σ over terms of A B, A the first `depth` columns
 * of a panel [rows][32].
 */
void multiply_panels(const PanelTerm<float>* terms, int64_t count, int64_t rows, float* c, int64_t stride,
                     const Ahead<float>& ahead = {});

/**
 * c = (accumulate ? c : 0) + Σ of Aᵀ B, where Aᵀ is the first `rows` ≤ 32 columns
 * of a panel [depth][32].
 */
void multiply_panels_transposed(const PanelTerm<float>* terms, int64_t count, int64_t rows, float* c,
                                int64_t stride, bool accumulate, const Ahead<float>& ahead = {});

#ifdef DCGAN_HAS_BFLOAT16_CODE
/** Whether the CPU has the instructions for the following. */
bool multiplies_bfloat16();

/**
 * The same of bfloat16, whose instructions multiply two neighbours along the sum at once: `depth`
 * is even, and rows of B, and of a transposed A, lie in pairs, [depth / 2][32][2].
 */
void multiply_panels(const PanelTerm<BFloat16Bits>* terms, int64_t count, int64_t rows, BFloat16Bits* c,
                     int64_t stride, const Ahead<BFloat16Bits>& ahead = {});
void multiply_panels_transposed(const PanelTerm<BFloat16Bits>* terms, int64_t count, int64_t rows, float* c,
                                int64_t stride, bool accumulate, const Ahead<BFloat16Bits>& ahead = {});

/** [rows][32] → [⌈rows / 2⌉][32][2]; an odd last row is paired with zeros. */
void pair_rows(const BFloat16Bits* from, int64_t rows, BFloat16Bits* to);
#endif

/**
 * Memory for packed operands: aligned to a page, never initialised, on huge pages where
 * the system has them.
 */
class Scratch {
 public:
  /**
   * Makes room for at least `count` floats; what was written before is lost. Throws std::bad_alloc,
   * and then is as large as before.
   */
  void reserve(size_t count);
  float* data() const { return data_.get(); }

  /** Called where there is no memory, which is then asked for once more: whoever keeps some unused gives it
   * back. */
  static inline void (*make_room)() = nullptr;

 private:
  struct Free {
    void operator()(float* p) const;
  };
  std::unique_ptr<float, Free> data_;
  size_t count_ = 0;
};

/** Calls f(0) … f(count − 1), each once, on all threads; who is free takes the next. */
template <typename F>
void for_each_task(int64_t count, const F& f) {
  std::atomic<int64_t> next = 0;
  at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t, int64_t) {
    for (int64_t i = next++; i < count; i = next++) f(i);
  });
}

/**
 * The same in runs of neighbours, f(first, last + 1), so that a task knows which one follows it: short enough
 * that all threads have some.
 */
template <typename F>
void for_each_run(int64_t count, const F& f) {
  constexpr int64_t most = 4, of_a_thread = 8;
  const int64_t run = std::clamp<int64_t>(count / (of_a_thread * at::get_num_threads()), 1, most);
  for_each_task((count + run - 1) / run, [&](int64_t i) { f(i * run, std::min(count, (i + 1) * run)); });
}

enum class Transpose : bool { no, yes };

/**
 * C [m, n] = A B, all row-major and dense: A is [m, k], or [k, m] if transposed; B is [k, n], or
 * [n, k] if transposed. Packs both into `scratch` (room for `gemm_scratch(m, n, k)` floats).
 */
void gemm(const float* a, Transpose transpose_a, const float* b, Transpose transpose_b, float* c, int64_t m,
          int64_t n, int64_t k, const Scratch& scratch);
/**
 * The same with bfloat16 on one side, multiplied in bfloat16 and summed in float32 on CPUs that have
 * instructions for it, in float32 on others.
 */
void gemm(const BFloat16Bits* a, Transpose transpose_a, const float* b, Transpose transpose_b,
          BFloat16Bits* c, int64_t m, int64_t n, int64_t k, const Scratch& scratch);
void gemm(const BFloat16Bits* a, Transpose transpose_a, const BFloat16Bits* b, Transpose transpose_b,
          float* c, int64_t m, int64_t n, int64_t k, const Scratch& scratch);
size_t gemm_scratch(int64_t m, int64_t n, int64_t k);

}  // namespace dcgan
