#pragma once

#include <ATen/ATen.h>

#include "feature_set.h"

namespace dcgan {

/** The Gaussian to which others are compared. */
class FrechetReference {
 public:
  explicit FrechetReference(Moments moments);

  /**
   * ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁½ Σ₂ Σ₁½)½), the squared distance of two Gaussians that FID is (Heusel,
   * Ramsauer, Unterthiner, Nessler and Hochreiter 2017). The product is symmetric and positive in exact
   * arithmetic, so its eigenvalues are those of a symmetric matrix, and what rounding left below 0 is 0. For
   * one thread.
   */
  double distance(const Moments& moments) const;

 private:
  const Moments moments_;
  /** Σ₁½ */
  at::Tensor root_;
};

}  // namespace dcgan
