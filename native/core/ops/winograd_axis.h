#pragma once

#include <array>
#include <cstdint>

namespace dcgan {

/**
 * Winograd's minimal filtering of a 5-tap convolution with Keras's padding `same`, in one dimension, from
 * `Size` inputs to `Size / Stride` outputs (Lavin and Gray 2016; Toom–Cook matrices as in Blahut 2010,
 * chapter 5).
 *
 * Stride s splits the taps and the inputs by parity into s planes, each a convolution of stride 1 whose taps
 * are every sth of the kernel's. The outputs are cut into tiles. A tile of m outputs and a plane of r taps
 * need m + r − 1 points: finite ones and, in the first plane, which has the most taps, infinity. All tiles
 * and planes draw their points from one list, a shorter tile leaves out the last: then tiles share
 * transformed kernels and planes share transformed outputs, and y = outputᵀ · [ sum of (input · x) ⊙ (kernel
 * · g) over the planes ] where one entry of a transformed vector is called a position.
 */
template <int Stride, int Size, int Tile>
struct WinogradAxis {
  static constexpr int taps = 5, stride = Stride, size = Size, small = Size / Stride,
                       tiles = (small + Tile - 1) / Tile;
  static constexpr int finite =
      Tile + (taps + Stride - 1) / Stride - 2;  // points of a whole tile, without infinity
  static constexpr int points = finite + 1;
  static constexpr int shorter = tiles * Tile - small;  // finite points that the last tile leaves out
  static constexpr int outputs = tiles * points - shorter;
  static constexpr int inputs = Stride * outputs - (Stride - 1) * tiles;
  static constexpr int kernels = Stride * points - (Stride - 1);

  std::array<std::array<float, size>, inputs> input = {};
  std::array<std::array<float, small>, outputs> output = {};
  std::array<std::array<float, taps>, kernels> kernel = {};
  /** The product at input position p takes kernel position kernel_of[p] and is added to output position
   * output_of[p]. */
  std::array<int, inputs> kernel_of = {}, output_of = {};
  /** The point of an output position. */
  std::array<int, outputs> point_of = {};
};

namespace winograd_detail {

constexpr double power(double x, int n) {
  double result = 1;
  for (int i = 0; i < n; ++i) result *= x;
  return result;
}

/** Coefficients of Π (x − points[j]) over the first `count` points but `skipped`, lowest first. */
constexpr std::array<double, 16> polynomial(const double* points, int count, int skipped) {
  std::array<double, 16> c = {1};
  int degree = 0;
  for (int j = 0; j < count; ++j) {
    if (j == skipped) continue;
    ++degree;
    for (int i = degree; i > 0; --i) c[i] = c[i - 1] - points[j] * c[i];
    c[0] *= -points[j];
  }
  return c;
}

}  // namespace winograd_detail

template <int Stride, int Size, int Tile>
constexpr WinogradAxis<Stride, Size, Tile> winograd_axis(
    const std::array<double, WinogradAxis<Stride, Size, Tile>::finite>& points) {
  using Axis = WinogradAxis<Stride, Size, Tile>;
  using winograd_detail::polynomial, winograd_detail::power;
  constexpr int infinity = Axis::finite, padding = Stride == 1 ? 2 : 1;
  Axis axis;
  const auto kernel_position = [](int plane, int point) { return plane * Axis::points + point; };
  for (int plane = 0; plane < Stride; ++plane) {
    for (int i = 0; i < Axis::finite; ++i) {
      for (int t = plane; t < Axis::taps; t += Stride) {
        axis.kernel[kernel_position(plane, i)][t] = static_cast<float>(power(points[i], t / Stride));
      }
    }
  }
  axis.kernel[kernel_position(0, infinity)][Axis::taps - 1] = 1;

  int position = 0;
  for (int tile = 0; tile < Axis::tiles; ++tile) {
    const bool last = tile == Axis::tiles - 1;
    const int from = tile * Tile, length = last ? Axis::small - from : Tile;
    const int finite = last ? Axis::finite - Axis::shorter : Axis::finite;
    const int first_output = tile * Axis::points;
    for (int i = 0; i < finite; ++i) {
      axis.point_of[first_output + i] = i;
      for (int k = 0; k < length; ++k) {
        axis.output[first_output + i][from + k] = static_cast<float>(power(points[i], k));
      }
    }
    axis.point_of[first_output + finite] = infinity;
    axis.output[first_output + finite][from + length - 1] = 1;

    for (int plane = 0; plane < Stride; ++plane) {
      for (int i = 0; i < finite + (plane == 0 ? 1 : 0); ++i, ++position) {
        const bool at_infinity = i == finite;
        axis.kernel_of[position] = kernel_position(plane, at_infinity ? infinity : i);
        axis.output_of[position] = first_output + i;
        double scale = 1;
        for (int j = 0; j < finite && !at_infinity; ++j) scale *= j == i ? 1 : points[i] - points[j];
        const auto coefficients = polynomial(points.data(), finite, i);
        for (int k = 0; k < finite + (at_infinity ? 1 : 0); ++k) {
          const int x = Stride * (from + k) + plane - padding;
          if (x >= 0 && x < Size) axis.input[position][x] = static_cast<float>(coefficients[k] / scale);
        }
      }
    }
  }
  return axis;
}

}  // namespace dcgan
