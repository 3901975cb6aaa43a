#include "feature_set.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "../error.h"

namespace dcgan {

FeatureSet::FeatureSet(std::vector<float> values, int64_t dims)
    : values_(std::move(values)), dims_(dims), count_(static_cast<int64_t>(values_.size()) / dims) {
  if (count_ <= neighbour || count_ * dims != static_cast<int64_t>(values_.size())) {
    throw Error("ERR_SHAPE", "At least " + std::to_string(neighbour + 1) + " images are needed, of " +
                                 std::to_string(dims) + " numbers each.");
  }
  squares_.resize(static_cast<size_t>(count_));
  radii_.resize(squares_.size());
  kernel_sums_.resize(squares_.size());
  for (int64_t i = 0; i < count_; ++i) {
    const float* x = values_.data() + i * dims_;
    double sum = 0;
    for (int64_t j = 0; j < dims_; ++j) sum += static_cast<double>(x[j]) * static_cast<double>(x[j]);
    if (!std::isfinite(sum)) throw Error("ERR_VALUE", "A feature of an image is not finite.");
    squares_[static_cast<size_t>(i)] = sum;
  }
}

at::Tensor FeatureSet::rows(int64_t first, int64_t count) const {
  const int64_t n = std::min(count, count_ - first);
  return at::from_blob(const_cast<float*>(values_.data()) + first * dims_, {n, dims_}, at::kFloat)
      .to(at::kDouble);
}

void FeatureSet::advance(int64_t rows) {
  const int64_t first = advanced_, last = std::min(count_, first + rows);
  for_each_block(first, last, [&](int64_t from, int64_t count) { compute(from, count); });
  advanced_ = last;
}

void FeatureSet::compute(int64_t first, int64_t count) {
  const c10::InferenceMode inference;
  const auto mine = rows(first, count);
  std::vector<double> distances(static_cast<size_t>(count_ * count));
  std::vector<KernelSums> sums(static_cast<size_t>(count));
  for (int64_t at = 0; at < count_; at += columns_at_once) {
    const auto products = at::mm(mine, rows(at, columns_at_once).t());
    const int64_t n = products.size(1);
    const double* product = products.const_data_ptr<double>();
    for (int64_t i = 0; i < count; ++i, product += n) {
      const int64_t row = first + i, group = row / kernel_group;
      double* to = distances.data() + i * count_ + at;
      auto& sum = sums[static_cast<size_t>(i)];
      for (int64_t j = 0; j < n; ++j) {
        const double square = squares_[row] + squares_[at + j] - 2 * product[j];
        to[j] = at + j == row ? 0 : std::sqrt(std::max(square, 0.0));
        const double value = at + j == row ? 0 : kernel_value(product[j], static_cast<double>(dims_));
        sum.all += value;
        if ((at + j) / kernel_group == group) sum.group += value;
      }
    }
  }
  for (int64_t i = 0; i < count; ++i) {
    const auto begin = distances.begin() + i * count_;
    // Itself is among them, at distance 0.
    std::nth_element(begin, begin + neighbour, begin + count_);
    radii_[static_cast<size_t>(first + i)] = *(begin + neighbour);
    kernel_sums_[static_cast<size_t>(first + i)] = sums[static_cast<size_t>(i)];
  }
}

Moments FeatureSet::moments(const std::vector<int64_t>& index) const {
  const int64_t n = index.empty() ? count_ : static_cast<int64_t>(index.size());
  const auto features = at::from_blob(const_cast<float*>(values_.data()), {count_, dims_}, at::kFloat);
  const auto piece = [&](int64_t at) {
    const int64_t size = std::min(columns_at_once, n - at);
    if (index.empty()) return rows(at, size);
    const auto chosen = at::from_blob(const_cast<int64_t*>(index.data()) + at, {size}, at::kLong);
    return features.index_select(0, chosen).to(at::kDouble);
  };
  auto mean = at::zeros({dims_}, at::kDouble);
  for (int64_t at = 0; at < n; at += columns_at_once) mean += piece(at).sum(0);
  mean /= n;
  auto covariance = at::zeros({dims_, dims_}, at::kDouble);
  for (int64_t at = 0; at < n; at += columns_at_once) {
    const auto centred = piece(at) - mean;
    covariance.addmm_(centred.t(), centred);
  }
  return {mean, covariance / (n - 1)};
}

}  // namespace dcgan
