#include "nearest.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include "../kernels/gemm.h"

namespace dcgan {
namespace {

/** Images that one task looks at. */
constexpr int64_t piece = 500;

double square_of(const float* x, int64_t numbers) {
  double sum = 0;
  for (int64_t i = 0; i < numbers; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return sum;
}

}  // namespace

Nearest::Nearest(std::vector<float> images, int64_t numbers) : numbers_(numbers), images_(std::move(images)) {
  // From 0 on, as most pixels of a drawing are: squares are smaller, and differences of them more exact.
  for (float& number : images_) number = (number + 1) / 2;
  const auto count = images_.size() / static_cast<size_t>(numbers);
  for (size_t i = 0; i < count; ++i) {
    squares_.push_back(square_of(images_.data() + i * static_cast<size_t>(numbers), numbers));
  }
  least_.assign(count, std::numeric_limits<double>::infinity());
}

void Nearest::look_at(const uint8_t* pixels, int64_t count) {
  const auto n = static_cast<int64_t>(least_.size());
  const auto mine = at::from_blob(images_.data(), {n, numbers_}, at::kFloat);
  std::mutex merging;
  for_each_task((count + piece - 1) / piece, [&](int64_t task) {
    const c10::InferenceMode inference;
    const int64_t first = task * piece, size = std::min(piece, count - first);
    const auto others =
        at::from_blob(const_cast<uint8_t*>(pixels) + first * numbers_, {size, numbers_}, at::kByte)
            .to(at::kFloat) /
        255;
    const auto products = at::mm(mine, others.t());
    std::vector<double> squares, least(least_.size(), std::numeric_limits<double>::infinity());
    for (int64_t j = 0; j < size; ++j) {
      squares.push_back(square_of(others.const_data_ptr<float>() + j * numbers_, numbers_));
    }
    const float* product = products.const_data_ptr<float>();
    for (size_t i = 0; i < least.size(); ++i) {
      for (const double square : squares) {
        least[i] = std::min(least[i], squares_[i] + square - 2 * static_cast<double>(*product++));
      }
    }
    const std::lock_guard lock(merging);
    for (size_t i = 0; i < least.size(); ++i) least_[i] = std::min(least_[i], least[i]);
  });
}

std::vector<float> Nearest::distances() const {
  std::vector<float> distances;
  for (const double square : least_)
    distances.push_back(static_cast<float>(std::sqrt(std::max(square, 0.0))));
  return distances;
}

}  // namespace dcgan
