#include "frechet.h"

#include <utility>

namespace dcgan {

FrechetReference::FrechetReference(Moments moments) : moments_(std::move(moments)) {
  const auto [values, vectors] = at::linalg_eigh(moments_.covariance);
  root_ = at::mm(vectors * values.clamp_min(0).sqrt(), vectors.t());
}

double FrechetReference::distance(const Moments& moments) const {
  const auto product = at::mm(at::mm(root_, moments.covariance), root_);
  const auto eigenvalues = at::linalg_eigvalsh((product + product.t()) / 2).clamp_min(0);
  const auto apart = (moments_.mean - moments.mean).square().sum();
  const auto traces = moments_.covariance.trace() + moments.covariance.trace();
  return (apart + traces - 2 * eigenvalues.sqrt().sum()).item<double>();
}

}  // namespace dcgan
