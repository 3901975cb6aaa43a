#pragma once

#include <array>

namespace dcgan {

/**
 * A 5-tap convolution with Keras's padding `same` from `Size` inputs x to `Size / Stride` outputs
 * y, in one dimension, as few multiplications (a bilinear algorithm; Winograd's minimal filtering
 * is one, Lavin and Gray 2016): the product p is (kernel[p] · g) (input[p] · x), is added to output
 * position q = output_of[p], and y = outputᵀ · positions. For a stride of 1 each product has a
 * position of its own; for a stride of 2 an even and an odd tap meet different inputs, and products
 * of both share positions. winograd_tables.h has the matrices.
 */
template <int Stride, int Size, int Products, int Outputs>
struct WinogradAxis {
  static constexpr int taps = 5, stride = Stride, size = Size, small = Size / Stride, products = Products,
                       outputs = Outputs;
  std::array<std::array<float, size>, products> input;
  std::array<std::array<float, small>, outputs> output;
  std::array<std::array<float, taps>, products> kernel;
  std::array<int, products> output_of;
};

}  // namespace dcgan
