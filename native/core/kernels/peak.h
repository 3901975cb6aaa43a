#pragma once

#include <optional>

namespace dcgan {

/** What the CPU can do at most, in GFLOP/s; a multiply-add counts as two. */
struct Peak {
  double float32;
  /**
   * Of products of bfloat16 that are summed in float32; none where the CPU has
   * no instruction for them.
   */
  std::optional<double> bfloat16;
};

/**
 * Measures the peak of the calling thread's team: independent multiply-adds in registers, on the
 * vector unit that the kernels take. The best of a few short runs, some 0.1 s in all.
 */
Peak measure_peak();

}  // namespace dcgan
