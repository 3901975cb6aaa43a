#include <array>
#include <cmath>
#include <limits>

#include "../../../native/core/kernels/random.h"
#include "../../../native/core/ops/adam.h"
#include "../../../native/core/ops/batch_norm_leaky_relu.h"
#include "../../../native/core/ops/bias_leaky_relu_dropout.h"
#include "../../../native/core/ops/implementation.h"
#include "../../../native/core/ops/magnitude.h"
#include "harness.h"

using namespace dcgan;

namespace {

const auto sound = at::ones({}, at::kBool);
constexpr float leaky_slope = 0.3f, norm_momentum = 0.01f;
constexpr BatchNormConstants norm_constants = {.epsilon = 1e-3f, .slope = leaky_slope};

double limit_of(at::ScalarType type) { return type == at::kFloat ? 1e-5 : 8e-3; }

void expect_batch_norm(int64_t rows, int64_t channels, at::ScalarType type) {
  at::manual_seed(2);
  const auto x = (at::randn({rows, channels}) + 3).to(type);
  const auto weight = at::rand({channels}) + 0.5, bias = at::randn({channels});
  const auto running_mean = at::randn({channels}), running_var = at::rand({channels}) + 0.5;
  const auto old_mean = running_mean.clone(), old_var = running_var.clone();
  BatchStatistics statistics;
  const auto y = batch_norm_leaky_relu(x, weight, bias, norm_constants, statistics);
  const auto before = at::cat({running_mean, running_var});
  move_running_statistics(statistics, norm_momentum, running_mean, running_var, at::zeros({}, at::kBool));
  expect(at::equal(at::cat({running_mean, running_var}), before), "an unsound step moved the statistics");
  move_running_statistics(statistics, norm_momentum, running_mean, running_var, sound);

  const auto wide = x.to(at::kDouble);
  const auto mu = wide.mean(0), var = (wide - mu).square().mean(0),
             inverse = (var + norm_constants.epsilon).rsqrt();
  const auto xhat = (wide - mu) * inverse, normalised = xhat * weight + bias;
  expect_close("y", y, at::leaky_relu(normalised, leaky_slope), limit_of(type));
  expect_close("running mean", running_mean, old_mean * 0.99 + mu * 0.01, 1e-5);
  expect_close("running variance", running_var, old_var * 0.99 + var * 0.01, 1e-5);

  const auto dy = at::randn({rows, channels}).to(type), dx = dy.clone();
  const auto dw = at::empty({channels}), db = at::empty({channels});
  batch_norm_leaky_relu_backward(dx, x, weight, bias, norm_constants, statistics, dw, db);
  const auto g = dy.to(at::kDouble) * at::where(normalised > 0, 1.0, static_cast<double>(leaky_slope));
  expect_close("weight gradient", dw, (g * xhat).sum(0), 1e-4);
  expect_close("bias gradient", db, g.sum(0), 1e-4);
  if (rows == 1) return;  // then dx is zero but for rounding
  expect_close("dx", dx, (g - g.mean(0) - xhat * (g * xhat).mean(0)) * weight * inverse, 10 * limit_of(type));
}

/** The mask of dropout, read from what it does to ones. */
at::Tensor kept_of(int64_t count, const Philox& random, double rate = 0.3) {
  const auto x = at::ones({count / 64, 64});
  bias_leaky_relu_dropout(x, at::zeros({64}), leaky_slope, rate, random, all_places(x));
  return (x != 0).to(at::kDouble).view(-1);
}

double correlation(const at::Tensor& a, const at::Tensor& b) {
  const auto u = a - a.mean(), v = b - b.mean();
  return ((u * v).mean() / (u.square().mean() * v.square().mean()).sqrt()).item<double>();
}

/** `value` at the beginning, in the middle and at the end of what a magnitude is taken of. */
void expect_seen(float value) {
  const int64_t count = 400'001;
  for (const int64_t place : {int64_t{0}, count / 2, count - 1}) {
    const auto x = at::ones({count}), largest = at::zeros({});
    include_magnitudes(x, largest);
    expect(largest.item<float>() == 1, "the largest of ones is another");
    x[place] = value;
    include_magnitudes(x, largest);
    expect(!std::isfinite(largest.item<float>()), "it was not seen in the elements");
    include_magnitudes(at::ones({count}), largest);
    expect(!std::isfinite(largest.item<float>()), "it was forgotten");
  }
}

/** What Adam is to update: w, g, m and v, each of `count` ones but for their last number. */
std::array<at::Tensor, 4> ones_but_last(const std::array<float, 4>& last) {
  std::array<at::Tensor, 4> arrays;
  for (size_t i = 0; i < 4; ++i) {
    arrays[i] = at::ones({40'001});
    arrays[i][-1] = last[i];
  }
  return arrays;
}

/** Adam does not write for an unsound step, and leaves finite what was, at the limits of float32. */
void expect_adam_keeps_finite() {
  constexpr float most = std::numeric_limits<float>::max();
  const AdamOptions options = {0.9, 1e-30};
  const AdamStep step = {at::scalar_tensor(1e6f), at::scalar_tensor(1 - 0.999f)};
  const auto [w, g, m, v] = ones_but_last({0, std::nanf(""), 0, 0});
  adam(w, g, m, v, step, options, at::zeros({}, at::kBool));
  const auto unchanged = ones_but_last({0, 0, 0, 0});
  for (const auto& [found, wanted] : {std::pair{w, unchanged[0]}, {m, unchanged[2]}, {v, unchanged[3]}}) {
    expect(at::equal(found, wanted), "an unsound step was written");
  }
  // Of a gradient whose square is the largest that is finite, and of moments that no gradients made.
  for (const float gradient : {0.0f, 1.8446742e19f, -1.8446742e19f}) {
    for (const float moment : {0.0f, most, -most}) {
      for (const float square : {0.0f, most}) {
        for (const float weight : {0.0f, most, -most}) {
          const auto [w, g, m, v] = ones_but_last({weight, gradient, moment, square});
          adam(w, g, m, v, step, options, sound);
          for (const auto& moved : {w, m, v}) expect(at::isfinite(moved).all().item<bool>(), "not finite");
          expect(v[-1].item<float>() >= 0, "a second moment is negative");
        }
      }
    }
  }
}

const bool registered = [] {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const std::string in = type == at::kFloat ? " in float32" : " in bfloat16";
    for (const auto& [rows, channels] :
         {std::pair<int64_t, int64_t>{1, 64}, {3, 12544}, {128, 12544}, {6272, 128}, {777, 65}}) {
      cases().push_back({"batch norm and LeakyReLU of [" + std::to_string(rows) + ", " +
                             std::to_string(channels) + "]" + in +
                             " agree with their composition, forward and backward",
                         [=] { expect_batch_norm(rows, channels, type); }});
    }
    for (const int64_t rows : {1, 49, 6272}) {
      cases().push_back(
          {"bias, LeakyReLU and dropout of " + std::to_string(rows) + " rows" + in +
               " agree with their composition, forward and backward",
           [=] {
             at::manual_seed(3);
             const Philox random{7, Purpose::dropout, 5};
             const auto x = at::randn({rows, 64}).to(type), bias = at::randn({64}), y = x.clone();
             bias_leaky_relu_dropout(y, bias, leaky_slope, 0.3, random, all_places(y));
             const auto mask = kept_of(rows * 64, random).view({rows, 64}) / 0.7;
             const auto sum = x.to(at::kDouble) + bias;
             expect_close("y", y, at::leaky_relu(sum, leaky_slope) * mask, limit_of(type));
             const auto dy = at::randn({rows, 64}).to(type), dx = dy.clone(), db = at::empty({64});
             bias_leaky_relu_dropout_backward(dx, y, leaky_slope, 0.3, db);
             const auto g =
                 dy.to(at::kDouble) * mask * at::where(sum > 0, 1.0, static_cast<double>(leaky_slope));
             expect_close("dx", dx, g, limit_of(type));
             expect_close("bias gradient", db, g.sum(0), 1e-4);
           }});
    }
  }
  cases().push_back({"dropout drops its rate within four standard deviations over 10⁷ draws", [] {
                       const double count = 1e7, rate = 0.3;
                       const double dropped =
                           1 - kept_of(10'000'000 / 64 * 64, {11, Purpose::dropout, 3}).mean().item<double>();
                       expect(std::abs(dropped - rate) < 4 * std::sqrt(rate * (1 - rate) / count),
                              "rate " + std::to_string(dropped));
                     }});
  cases().push_back(
      {"dropout masks of neighbours, of the next step and of the other layer are not correlated", [] {
         const int64_t count = 1 << 21;
         const auto mask = kept_of(count, {11, Purpose::dropout, 6});
         const double limit = 4.5 / std::sqrt(static_cast<double>(count));
         for (const int64_t lag : {1, 2, 4, 8, 16, 64, 128, 6272}) {
           const double found = correlation(mask.narrow(0, 0, count - lag), mask.narrow(0, lag, count - lag));
           expect(std::abs(found) < limit, "lag " + std::to_string(lag) + ": " + std::to_string(found));
         }
         for (const uint64_t step : {7, 8}) {
           const double found = correlation(mask, kept_of(count, {11, Purpose::dropout, step}));
           expect(std::abs(found) < limit, "step " + std::to_string(step) + ": " + std::to_string(found));
         }
       }});
  cases().push_back(
      {"the vector Philox of dropout gives the numbers of the scalar one", [] {
         const Philox random{0x123456789ABCDEF, Purpose::dropout, 0x1234567890};
         const auto mask = kept_of(1 << 16, random);
         for (int64_t i = 0; i < mask.numel(); ++i) {
           const int64_t block = i / 128, half = i % 128 / 16, lane = i % 16;
           const auto word = random(static_cast<uint64_t>(block * 16 + lane))[static_cast<size_t>(half / 2)];
           const bool kept = (half % 2 == 0 ? word & 0xFFFF : word >> 16) >= 19661;
           expect(kept == (mask[i].item<double>() != 0), "draw " + std::to_string(i) + " differs");
         }
       }});
  cases().push_back(
      {"normal noise has the moments of a normal and passes a Kolmogorov-Smirnov test", [] {
         const int64_t count = 1'000'000;
         const auto noise = at::empty({count});
         fill_normal({5, Purpose::noise, 9}, noise.mutable_data_ptr<float>(), count);
         const auto x = std::get<0>(noise.to(at::kDouble).sort());
         const double n = static_cast<double>(count);
         expect(std::abs(x.mean().item<double>()) < 4 / std::sqrt(n), "mean");
         expect(std::abs(x.square().mean().item<double>() - 1) < 4 * std::sqrt(2 / n), "variance");
         expect(std::abs(x.pow(3).mean().item<double>()) < 4 * std::sqrt(15 / n), "skewness");
         expect(std::abs(x.pow(4).mean().item<double>() - 3) < 4 * std::sqrt(96 / n), "kurtosis");
         const auto cdf = 0.5 * (1 + at::erf(x / std::sqrt(2.0)));
         const auto empirical = (at::arange(count, at::kDouble) + 0.5) / n;
         expect((cdf - empirical).abs().max().item<double>() < 1.95 / std::sqrt(n), "Kolmogorov-Smirnov");
       }});
  cases().push_back({"Adam follows Keras's formula in float64 for ten steps", [] {
                       at::manual_seed(4);
                       const int64_t count = 40'001;
                       const auto w = at::randn({count}) * 0.05, m = at::zeros({count}),
                                  v = at::zeros({count});
                       auto w64 = w.to(at::kDouble), m64 = m.to(at::kDouble), v64 = v.to(at::kDouble);
                       const auto start = w64.clone();
                       const AdamOptions options = {0.9, 1e-7};
                       for (int64_t t = 1; t <= 10; ++t) {
                         const auto g = at::randn({count});
                         const AdamStep step = {at::scalar_tensor(adam_rate(t, 1e-4, 0.9, 0.999), at::kFloat),
                                                at::scalar_tensor(1 - 0.999, at::kFloat)};
                         adam(w, g, m, v, step, options, sound);
                         m64 = 0.9 * m64 + 0.1 * g.to(at::kDouble);
                         v64 = 0.999 * v64 + 0.001 * g.to(at::kDouble).square();
                         const double rate =
                             1e-4 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
                         w64 = w64 - rate * m64 / (v64.sqrt() + 1e-7);
                       }
                       expect_close("change", w.to(at::kDouble) - start, w64 - start, 1e-4);
                       expect_close("first moment", m, m64, 1e-5);
                       expect_close("second moment", v, v64, 1e-5);
                     }});
  for (const bool composed : {false, true}) {
    const std::string by = composed ? " by libtorch's operators" : " by kernels of our own";
    cases().push_back(
        {"Adam" + by + " writes nothing for an unsound step, and nothing that is not finite", [=] {
           implementation().composed = composed;
           expect_adam_keeps_finite();
         }});
    cases().push_back({"one number that is not finite, anywhere, is seen in the largest magnitude" + by, [=] {
                         implementation().composed = composed;
                         expect_seen(std::numeric_limits<float>::infinity());
                         expect_seen(-std::numeric_limits<float>::infinity());
                         expect_seen(std::nanf(""));
                       }});
  }
  return true;
}();

}  // namespace
