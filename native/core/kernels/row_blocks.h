#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

namespace dcgan {

/** A rectangle of a row-major matrix [rows, columns]. */
struct RowBlock {
  int64_t index;          // which block of rows
  int64_t column;         // first column
  int64_t offset;         // of its first element
  int64_t rows, columns;  // size
  int64_t stride;         // elements between two rows
};

/**
 * Fixed, not derived from the thread count: a sum over rows is then the same for
 * any number of threads.
 */
inline constexpr int64_t block_rows = 256, block_columns = 256;

inline int64_t row_block_count(int64_t rows) { return (rows + block_rows - 1) / block_rows; }

/** Calls f for every block of a [rows, columns] matrix, in parallel. */
template <typename F>
void for_each_row_block(int64_t rows, int64_t columns, const F& f) {
  const int64_t across = (columns + block_columns - 1) / block_columns;
  at::parallel_for(0, row_block_count(rows) * across, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t row = i / across * block_rows, column = i % across * block_columns;
      f(RowBlock{i / across, column, row * columns + column, std::min(block_rows, rows - row),
                 std::min(block_columns, columns - column), columns});
    }
  });
}

}  // namespace dcgan
