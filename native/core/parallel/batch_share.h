#pragma once

#include <cstdint>

namespace dcgan {

/**
 * Which images of a batch are this process's: `count` of `of`, from number `first` on. Every random number is
 * a function of the place in the whole batch, so that how many processes there are changes none.
 */
struct BatchShare {
  int64_t first, count, of;

  /** What this process has of a mean over the batch. */
  double fraction() const { return static_cast<double>(count) / static_cast<double>(of); }
};

/** Of a process that trains alone. */
inline BatchShare whole_batch(int64_t size) { return {0, size, size}; }

}  // namespace dcgan
