#include "class_figures.h"

#include <algorithm>
#include <cmath>

namespace dcgan {

ClassFigures::ClassFigures(const std::vector<float>& logits, int64_t count)
    : count_(count),
      classes_(static_cast<int64_t>(logits.size()) / count),
      probabilities_(logits.begin(), logits.end()),
      negative_entropy_(static_cast<size_t>(count)),
      class_(static_cast<size_t>(count)) {
  for (int64_t i = 0; i < count; ++i) {
    const auto row = probabilities_.begin() + i * classes_, end = row + classes_;
    const double most = *std::max_element(row, end);
    double sum = 0;
    for (auto p = row; p != end; ++p) sum += std::exp(*p - most);
    const double logarithm = std::log(sum) + most;
    double entropy = 0;
    for (auto p = row; p != end; ++p) {
      const double log_p = *p - logarithm;
      *p = std::exp(log_p);
      entropy += *p * log_p;
    }
    negative_entropy_[static_cast<size_t>(i)] = entropy;
    class_[static_cast<size_t>(i)] = std::max_element(row, end) - row;
  }
}

ClassFigures::Values ClassFigures::values(const std::vector<int64_t>& index) const {
  const int64_t n = index.empty() ? count_ : static_cast<int64_t>(index.size());
  std::vector<double> marginal(static_cast<size_t>(classes_)), frequency(marginal.size());
  double certain = 0, confidence = 0;
  for (int64_t at = 0; at < n; ++at) {
    const auto i = static_cast<size_t>(index.empty() ? at : index[static_cast<size_t>(at)]);
    const double* p = probabilities_.data() + i * static_cast<size_t>(classes_);
    for (size_t c = 0; c < marginal.size(); ++c) marginal[c] += p[c] / static_cast<double>(n);
    frequency[static_cast<size_t>(class_[i])] += 1 / static_cast<double>(n);
    certain += negative_entropy_[i] / static_cast<double>(n);
    confidence += p[class_[i]] / static_cast<double>(n);
  }
  const auto negative_entropy = [](const std::vector<double>& shares) {
    double sum = 0;
    for (const double share : shares) sum += share > 0 ? share * std::log(share) : 0;
    return sum;
  };
  // mean KL(p(y|x) ‖ p(y)) = mean Σ p ln p − Σ p̄ ln p̄
  return {.score = std::exp(certain - negative_entropy(marginal)),
          .entropy = -negative_entropy(frequency),
          .confidence = confidence};
}

std::vector<double> ClassFigures::histogram() const {
  std::vector<double> counts(static_cast<size_t>(classes_));
  for (const int64_t found : class_) ++counts[static_cast<size_t>(found)];
  return counts;
}

}  // namespace dcgan
