#include "../../../native/core/kernels/winograd_tables.h"

#include <algorithm>
#include <cmath>

#include "harness.h"

using namespace dcgan;

namespace {

/**
 * Whether output k of a 5-tap convolution with Keras's padding `same` is to have tap
 * t times input x, which a tile counts from its first.
 */
template <typename Axis>
bool meets(int t, int x, int k) {
  return x - Axis::before == Axis::stride * k + t - (Axis::stride == 2 ? 1 : 2);
}

/**
 * The products' sum Σ kernel[p][t] input[p][x] output[output_of[p]][k] is 1 where tap t meets input
 * x in output k, and 0 elsewhere, but for the rounding of its factors.
 */
template <typename Axis>
void expect_exact(const Axis& axis) {
  double worst = 0;
  for (int t = 0; t < Axis::taps; ++t) {
    for (int x = 0; x < Axis::size; ++x) {
      for (int k = 0; k < Axis::small; ++k) {
        double sum = 0;
        for (int p = 0; p < Axis::products; ++p) {
          sum += double{axis.kernel[p][t]} * axis.input[p][x] * axis.output[axis.output_of[p]][k];
        }
        worst = std::max(worst, std::abs(sum - (meets<Axis>(t, x, k) ? 1 : 0)));
      }
    }
  }
  expect(worst < 1e-6, "the sum of the products is off by " + std::to_string(1e9 * worst) + "e-9");
}

/**
 * By how much two dimensions amplify a rounding of what is multiplied, root mean square: Σ
 * |kernel[p]|² |input[p]|² |output[p]|² of one, squared, and as much for both; a direct convolution
 * has 1 for each tap that meets an input.
 */
template <typename Axis>
double amplification(const Axis& axis) {
  const auto squares = [](const auto& row) {
    double sum = 0;
    for (const double x : row) sum += x * x;
    return sum;
  };
  double own = 0, direct = 0;
  for (int p = 0; p < Axis::products; ++p) {
    own += squares(axis.kernel[p]) * squares(axis.input[p]) * squares(axis.output[axis.output_of[p]]);
  }
  for (int t = 0; t < Axis::taps; ++t) {
    for (int x = 0; x < Axis::size; ++x) {
      for (int k = 0; k < Axis::small; ++k) direct += meets<Axis>(t, x, k) ? 1 : 0;
    }
  }
  return own / direct;
}

template <typename Axis>
void expect_accurate(const Axis& axis, double limit) {
  const double found = amplification(axis);
  expect(found < limit, "rounding is amplified " + std::to_string(found) + " times");
}

const Register exact_1{"the products of the stride-1 axes add up to the convolution", [] {
                         expect_exact(winograd_axis_stride1);
                         expect_exact(winograd_axis_stride1_tile);
                         expect_exact(winograd_axis_stride1_tile_accurate);
                       }};
const Register exact_2{"the products of the stride-2 axes add up to the convolution", [] {
                         expect_exact(winograd_axis_stride2);
                         expect_exact(winograd_axis_stride2_accurate);
                         expect_exact(winograd_axis_stride2_tile);
                         expect_exact(winograd_axis_stride2_tile_accurate);
                       }};
const Register accurate{
    "the axes that bfloat16 is multiplied on amplify rounding less than one and a half times", [] {
      expect_accurate(winograd_axis_stride1, 1.5);
      expect_accurate(winograd_axis_stride2_accurate, 1.5);
      expect_accurate(winograd_axis_stride1_tile_accurate, 1.5);
      expect_accurate(winograd_axis_stride2_tile_accurate, 1.5);
    }};

}  // namespace
