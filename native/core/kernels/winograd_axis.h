#pragma once

#include <array>

namespace dcgan {

/**
 * A 5-tap convolution with Keras's padding `same` from `Size` inputs x to `Small` outputs y, in one
 * dimension, as few multiplications (a bilinear algorithm; Winograd's minimal filtering is one,
 * Lavin and Gray 2016): the product p is (kernel[p] · g) (input[p] · x), is added to output
 * position q = output_of[p], and y = outputᵀ · positions. For a stride of 1 each product has a
 * position of its own; for a stride of 2 an even and an odd tap meet different inputs, and products
 * of both share positions. It is either the whole axis of a map or a tile of a longer one, which
 * meets inputs of the next tiles too. winograd_tables.h has the matrices.
 */
template <int Stride, int Size, int Small, int Products, int Outputs>
struct WinogradAxis {
  static constexpr int taps = 5, stride = Stride, size = Size, small = Small, products = Products,
                       outputs = Outputs;
  static constexpr bool is_tile = Size != Stride * Small;
  /** Inputs of a tile before those that its first output lies above, and those that it shares with its
   * neighbour. */
  static constexpr int before = is_tile ? (Stride == 1 ? 2 : 1) : 0, shared = Size - Stride * Small;
  std::array<std::array<float, size>, products> input;
  std::array<std::array<float, small>, outputs> output;
  std::array<std::array<float, taps>, products> kernel;
  std::array<int, products> output_of;
};

}  // namespace dcgan
