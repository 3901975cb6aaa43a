#include "comparison.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "../error.h"
#include "../kernels/random.h"

namespace dcgan {
namespace {

/** Rows of distances between two looks at whether to go on. */
constexpr int64_t rows_at_once = 1024;
/** Times that samples are drawn anew from themselves. */
constexpr int64_t resamplings = 20;
/** Points of the line through FID over 1/n, the first of them of a fifth of the samples. */
constexpr int64_t line_points = 10;
constexpr double first_point = 0.2;

/** Has libraries compute with one thread, as long as it lives. */
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  const int before_;
};

/** The mean of some numbers and s/√n. */
Figure mean_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / (n - 1) / n)};
}

/** The spread of estimates of one figure. */
double deviation(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  return mean_of(values).error * std::sqrt(n);
}

/** n numbers of 0 … n − 1, with repetitions. */
std::vector<int64_t> resampled(uint64_t seed, uint64_t which, int64_t n) {
  const Philox random = {seed, Purpose::resampling, which};
  std::vector<int64_t> index(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    const auto words = random(static_cast<uint64_t>(i));
    const uint64_t wide = static_cast<uint64_t>(words[1]) << 32 | words[0];
    index[static_cast<size_t>(i)] = static_cast<int64_t>(wide % static_cast<uint64_t>(n));
  }
  return index;
}

/** The intercept of the line of least squares, and its standard error. */
Figure intercept(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xx = 0, xy = 0, left = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  const double slope = xy / xx, at_zero = mean_y - slope * mean_x;
  for (size_t i = 0; i < x.size(); ++i) left += std::pow(y[i] - at_zero - slope * x[i], 2);
  return {at_zero, std::sqrt(left / (n - 2) * (1 / n + mean_x * mean_x / xx))};
}

}  // namespace

Comparison::Comparison(std::shared_ptr<FeatureSet> reference, std::shared_ptr<FeatureSet> samples,
                       std::vector<float> logits, uint64_t seed)
    : reference_(std::move(reference)),
      samples_(std::move(samples)),
      logits_(std::move(logits)),
      seed_(seed),
      within_(static_cast<size_t>(samples_->count())),
      kernel_sums_(within_.size()),
      recalled_(static_cast<size_t>(reference_->count())),
      nearest_(recalled_.size(), std::numeric_limits<double>::infinity()) {
  if (samples_->dims() != reference_->dims()) {
    throw Error("ERR_SHAPE", "The features of the samples and of the reference have different lengths.");
  }
}

Comparison::Progress Comparison::advance() {
  for (const auto& set : {reference_, samples_}) {
    if (set->advanced() == set->count()) continue;
    set->advance(rows_at_once);
    break;
  }
  const bool are_known =
      reference_->advanced() == reference_->count() && samples_->advanced() == samples_->count();
  if (are_known && crossed_ < samples_->count()) {
    cross(rows_at_once);
  } else if (are_known && !finished_) {
    neighbourhoods();
    kernel_distance();
    frechet_distances();
    if (!logits_.empty()) classes();
    finished_ = true;
  }
  // The distances of Gaussians take about as long as some rows.
  const int64_t rows = reference_->advanced() + samples_->advanced() + crossed_;
  const int64_t all = reference_->count() + 2 * samples_->count();
  return {rows + (finished_ ? rows_at_once : 0), all + rows_at_once};
}

void Comparison::cross(int64_t rows) {
  const int64_t first = crossed_, last = std::min(samples_->count(), first + rows);
  for_each_block(first, last, [&](int64_t from, int64_t count) { cross_block(from, count); });
  crossed_ = last;
}

void Comparison::cross_block(int64_t first, int64_t count) {
  const c10::InferenceMode inference;
  const auto mine = samples_->rows(first, count);
  const auto& radii = reference_->radii();
  const auto& own_radii = samples_->radii();
  const auto& squares = reference_->squares();
  const auto& own_squares = samples_->squares();
  const auto dims = static_cast<double>(samples_->dims());
  const int64_t all = reference_->count();
  std::vector<uint8_t> recalled(static_cast<size_t>(all));
  std::vector<double> nearest(recalled.size(), std::numeric_limits<double>::infinity());
  for (int64_t at = 0; at < all; at += columns_at_once) {
    const auto products = at::mm(mine, reference_->rows(at, columns_at_once).t());
    const int64_t n = products.size(1);
    const double* product = products.const_data_ptr<double>();
    for (int64_t i = 0; i < count; ++i, product += n) {
      const auto sample = static_cast<size_t>(first + i);
      const int64_t group = (first + i) / kernel_group;
      for (int64_t j = 0; j < n; ++j) {
        const auto real = static_cast<size_t>(at + j);
        const double square = own_squares[sample] + squares[real] - 2 * product[j];
        const double distance = std::sqrt(std::max(square, 0.0));
        within_[sample] += distance < radii[real] ? 1 : 0;
        recalled[real] |= distance < own_radii[sample] ? 1 : 0;
        nearest[real] = std::min(nearest[real], distance);
        const double value = kernel_value(product[j], dims);
        kernel_sums_[sample].all += value;
        if ((at + j) / kernel_group == group) kernel_sums_[sample].group += value;
      }
    }
  }
  // Neither depends on the order in which blocks come.
  const std::lock_guard lock(merging_);
  for (size_t i = 0; i < recalled.size(); ++i) {
    recalled_[i] |= recalled[i];
    nearest_[i] = std::min(nearest_[i], nearest[i]);
  }
}

void Comparison::neighbourhoods() {
  std::vector<double> precise, dense, recalled, covered;
  for (const double within : within_) {
    precise.push_back(within > 0 ? 1 : 0);
    dense.push_back(within / static_cast<double>(neighbour));
  }
  for (size_t i = 0; i < recalled_.size(); ++i) {
    recalled.push_back(recalled_[i]);
    covered.push_back(nearest_[i] < reference_->radii()[i] ? 1 : 0);
  }
  figures_["precision"] = mean_of(precise);
  figures_["recall"] = mean_of(recalled);
  figures_["density"] = mean_of(dense);
  figures_["coverage"] = mean_of(covered);
}

void Comparison::kernel_distance() {
  using Sums = std::vector<FeatureSet::KernelSums>;
  const auto estimate = [&](size_t first, size_t m, size_t n, double FeatureSet::KernelSums::* part) {
    const auto sum = [&](const Sums& of, size_t count) {
      double total = 0;
      for (size_t i = first; i < first + count; ++i) total += of[i].*part;
      return total;
    };
    const auto x = static_cast<double>(m), y = static_cast<double>(n);
    return sum(reference_->kernel_sums(), m) / (x * (x - 1)) +
           sum(samples_->kernel_sums(), n) / (y * (y - 1)) - 2 * sum(kernel_sums_, n) / (x * y);
  };
  const auto m = static_cast<size_t>(reference_->count()), n = static_cast<size_t>(samples_->count());
  const double value = estimate(0, m, n, &FeatureSet::KernelSums::all);
  std::vector<double> groups;
  constexpr auto size = static_cast<size_t>(kernel_group);
  for (size_t first = 0; first + size <= std::min(m, n); first += size) {
    groups.push_back(estimate(first, size, size, &FeatureSet::KernelSums::group));
  }
  figures_["kid"] = {value, groups.size() > 1 ? mean_of(groups).error : std::nan("")};
}

void Comparison::frechet_distances() {
  // Libraries round otherwise with other numbers of threads.
  const OneThread alone;
  const FrechetReference reference(reference_->moments({}));
  const int64_t n = samples_->count();
  std::vector<double> inverses, on_line, resamples;
  const double distance = reference.distance(samples_->moments({}));
  for (int64_t point = 0; point < line_points; ++point) {
    const double share =
        first_point + (1 - first_point) * static_cast<double>(point) / static_cast<double>(line_points - 1);
    const int64_t taken = std::max<int64_t>(2, std::llround(share * static_cast<double>(n)));
    auto order = permutation({seed_, Purpose::resampling, static_cast<uint64_t>(resamplings + point)}, n);
    order.resize(static_cast<size_t>(taken));
    inverses.push_back(1 / static_cast<double>(taken));
    on_line.push_back(reference.distance(samples_->moments(order)));
  }
  for (int64_t which = 0; which < resamplings; ++which) {
    const auto index = resampled(seed_, static_cast<uint64_t>(which), n);
    resamples.push_back(reference.distance(samples_->moments(index)));
  }
  figures_["fid"] = {distance, deviation(resamples)};
  figures_["fidInfinity"] = intercept(inverses, on_line);
}

void Comparison::classes() {
  const ClassFigures of(logits_, samples_->count());
  histogram_ = of.histogram();
  std::vector<double> scores, entropies, confidences;
  for (int64_t which = 0; which < resamplings; ++which) {
    const auto values = of.values(resampled(seed_, static_cast<uint64_t>(which), samples_->count()));
    scores.push_back(values.score);
    entropies.push_back(values.entropy);
    confidences.push_back(values.confidence);
  }
  const auto values = of.values({});
  figures_["score"] = {values.score, deviation(scores)};
  figures_["entropy"] = {values.entropy, deviation(entropies)};
  figures_["confidence"] = {values.confidence, deviation(confidences)};
}

}  // namespace dcgan
