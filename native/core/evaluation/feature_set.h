#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "../kernels/gemm.h"

namespace dcgan {

/** Which neighbour's distance makes the radius of a feature, itself not counted. */
inline constexpr int64_t neighbour = 5;
/** Features that make one estimate of the kernel distance, from which its standard error follows. */
inline constexpr int64_t kernel_group = 1000;
/** Features whose distances to a block of others are looked at together, widened to float64. */
inline constexpr int64_t columns_at_once = 1024;

/** Calls f(first, count) for the rows of a matrix of distances, in blocks, on all threads. */
template <typename F>
void for_each_block(int64_t first, int64_t last, const F& f) {
  constexpr int64_t rows = 64;
  for_each_task((last - first + rows - 1) / rows, [&](int64_t block) {
    const int64_t from = first + block * rows;
    f(from, std::min(rows, last - from));
  });
}

/** (x·y / dims + 1)³, the kernel of KID (Bińkowski, Sutherland, Arbel and Gretton 2018). */
inline double kernel_value(double product, double dims) {
  const double base = product / dims + 1;
  return base * base * base;
}

/** Mean [d] and covariance [d, d], float64, the sum divided by n − 1. */
struct Moments {
  at::Tensor mean, covariance;
};

/**
 * Features of a set of images, and what follows from them alone. Distances are computed in float64, block by
 * block, so that no matrix of all of them is ever held; nothing depends on the number of threads.
 */
class FeatureSet {
 public:
  /** values [n, dims], n above `neighbour`. */
  FeatureSet(std::vector<float> values, int64_t dims);

  int64_t count() const { return count_; }
  int64_t dims() const { return dims_; }

  /** Rows from `first` on, at most `count` of them, [n, dims] float64. */
  at::Tensor rows(int64_t first, int64_t count) const;

  /** ‖x‖² of each. */
  const std::vector<double>& squares() const { return squares_; }

  /** Computes radii and kernel sums of `rows` more rows, on all threads. */
  void advance(int64_t rows);
  int64_t advanced() const { return advanced_; }

  /** Once all is computed: the distance from each to its `neighbour`th neighbour. */
  const std::vector<double>& radii() const { return radii_; }
  /** Of each row: Σ k(x, x') over all others, and over the others of its group. */
  struct KernelSums {
    double all = 0, group = 0;
  };
  const std::vector<KernelSums>& kernel_sums() const { return kernel_sums_; }

  /**
   * Moments of the features `index` [m], which may name one more than once; of all where it is empty. For one
   * thread.
   */
  Moments moments(const std::vector<int64_t>& index) const;

 private:
  void compute(int64_t first, int64_t count);

  const std::vector<float> values_;
  const int64_t dims_, count_;
  std::vector<double> squares_, radii_;
  std::vector<KernelSums> kernel_sums_;
  int64_t advanced_ = 0;
};

}  // namespace dcgan
