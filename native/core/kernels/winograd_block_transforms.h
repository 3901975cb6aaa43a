#pragma once

#include <cstdint>
#include <type_traits>

#include "gemm.h"
#include "winograd_transform.h"

namespace dcgan {

/** A transformed array: a packed matrix [rows, columns] of T for each pair of positions (p, q). */
template <typename T>
class WinogradMatrices {
 public:
  WinogradMatrices(int64_t positions, int64_t rows, int64_t columns)
      : positions_(positions), panel_(rows * panel_width), matrix_(rows * columns + pad) {}

  size_t bytes() const { return positions_ * positions_ * matrix_ * sizeof(T); }
  /** Elements from (p, q) to (p, q + 1) and to (p + 1, q). */
  int64_t across() const { return matrix_; }
  int64_t down() const { return positions_ * matrix_; }
  T* at(int64_t p, int64_t q, int64_t panel, int64_t row = 0) const {
    return data + p * down() + q * across() + panel * panel_ + row * panel_width;
  }

  T* data = nullptr;

 private:
  // A line more than a power of two: a transform writes to all matrices in turn, which must not
  // share a cache set.
  static constexpr int64_t pad = 64 / sizeof(T);
  int64_t positions_, panel_, matrix_;
};

/** Maps [images, size, size, channels], covered by `tiles` × `tiles` tiles each; a whole axis has one. */
struct WinogradMaps {
  int64_t size, channels, tiles;
};

/** A panel of channels of a few images: what one task transforms. */
struct WinogradBlock {
  int64_t offset;  // in the map
  int64_t panel, image, images;
};

namespace winograd_detail {

template <typename Element, typename To>
DCGAN_INLINE void store_as(To* to, Float16Lanes value) {
#ifdef DCGAN_HAS_BFLOAT16_CODE
  if constexpr (std::is_same_v<Element, BFloat16Bits> && std::is_same_v<To, BFloat16Bits>) {
    return store_lanes_by_instruction(to, value);
  }
#endif
  store_lanes(to, value);
}

/** Where the tiles of an axis lie in maps, of its inputs or of its outputs. */
template <bool IsTile, int Size, int Step, int Before>
struct Tiling {
  static constexpr bool is_tile = IsTile;
  static constexpr int64_t size = Size, step = Step, before = Before, shared = Size - Step;
};
template <const auto& Axis>
using InputTiling = Tiling<Axis.is_tile, Axis.size, Axis.stride * Axis.small, Axis.before>;
template <const auto& Axis>
using OutputTiling = Tiling<Axis.is_tile, Axis.small, Axis.small, 0>;

/** One tile of one image: where its pixels are, and which of them there are. */
template <typename Tiling>
struct Tile {
  int64_t row, column;  // of its first pixel
  int64_t map_size, channels;

  DCGAN_INLINE bool has(int64_t y, int64_t x) const {
    if constexpr (!Tiling::is_tile) return true;
    const auto inside = [&](int64_t i) { return i >= 0 && i < map_size; };
    return inside(row + y) && inside(column + x);
  }
  /** An earlier tile has this pixel too. */
  DCGAN_INLINE bool adds(int64_t y, int64_t x) const {
    if constexpr (!Tiling::is_tile) return false;
    return (row > 0 && y < Tiling::shared) || (column > 0 && x < Tiling::shared);
  }
  DCGAN_INLINE int64_t at(int64_t y, int64_t x) const {
    if constexpr (!Tiling::is_tile) return (y * Tiling::size + x) * channels;
    return ((row + y) * map_size + column + x) * channels;
  }
};

/** Calls f(tile, image, its plane, its row in the packed matrices) for each tile of each image of a block. */
template <typename Tiling, typename Map, typename F>
DCGAN_INLINE void each_tile(Map* plane, const WinogradBlock& block, const WinogradMaps& maps, const F& f) {
  const int64_t size = Tiling::is_tile ? maps.size : Tiling::size, tiles = Tiling::is_tile ? maps.tiles : 1;
  plane += block.offset;
  int64_t packed_row = block.image * tiles * tiles;
  for (int64_t i = 0; i < block.images; ++i, plane += size * size * maps.channels) {
    for (int64_t row = 0; row < tiles; ++row) {
      for (int64_t column = 0; column < tiles; ++column, ++packed_row) {
        f(Tile<Tiling>{row * Tiling::step - Tiling::before, column * Tiling::step - Tiling::before, size,
                       maps.channels},
          plane, packed_row);
      }
    }
  }
}

/**
 * Packed = Matrix · tile · Matrixᵀ, for each tile of each image of a block. What a tile has outside its map
 * is 0.
 */
template <const auto& Matrix, typename Tiling, typename Map, typename Element>
DCGAN_INLINE void pack(const Map* maps_begin, const WinogradBlock& block,
                       const WinogradMatrices<Element>& packed, const WinogradMaps& maps) {
  const int64_t down = packed.down(), across = packed.across();
  const int64_t ahead = Tiling::is_tile ? 0 : Tiling::size * Tiling::size * maps.channels;
  each_tile<Tiling>(maps_begin, block, maps,
                    [&](const Tile<Tiling>& tile, const Map* plane, int64_t row) DCGAN_INLINE_LAMBDA {
                      Element* to = packed.at(0, 0, block.panel, row);
                      for (int64_t lane = 0; lane < panel_width; lane += lanes) {
                        transform<Matrix, false>(
                            [&](size_t y, size_t x) DCGAN_INLINE_LAMBDA {
                              if (!tile.has(y, x)) return Float16Lanes{};
                              const Map* pixel = plane + tile.at(y, x) + lane;
                              __builtin_prefetch(pixel + ahead);  // the same pixel of the next image
                              return load_lanes(pixel);
                            },
                            [&](size_t p, size_t q, Float16Lanes value) DCGAN_INLINE_LAMBDA {
                              Element* at = to + p * down + q * across + lane;
                              __builtin_prefetch(at + panel_width, 1);  // the same of the next tile
                              store_as<Element>(at, value);
                            });
                      }
                    });
}

/** The transpose of `pack`. A pixel of several tiles is their sum. */
template <const auto& Matrix, typename Tiling, typename Map, typename Element>
DCGAN_INLINE void unpack(Map* maps_begin, const WinogradBlock& block, const WinogradMatrices<Element>& packed,
                         const WinogradMaps& maps) {
  const int64_t down = packed.down(), across = packed.across();
  each_tile<Tiling>(maps_begin, block, maps,
                    [&](const Tile<Tiling>& tile, Map* plane, int64_t row) DCGAN_INLINE_LAMBDA {
                      const Element* from = packed.at(0, 0, block.panel, row);
                      for (int64_t lane = 0; lane < panel_width; lane += lanes) {
                        transform<Matrix, true>(
                            [&](size_t p, size_t q) DCGAN_INLINE_LAMBDA {
                              const Element* at = from + p * down + q * across + lane;
                              __builtin_prefetch(at + panel_width);  // the same of the next tile
                              return load_lanes(at);
                            },
                            [&](size_t y, size_t x, Float16Lanes value) DCGAN_INLINE_LAMBDA {
                              if (!tile.has(y, x)) return;
                              Map* pixel = plane + tile.at(y, x) + lane;
                              if (tile.adds(y, x)) value += load_lanes(pixel);
                              store_as<Element>(pixel, value);
                            });
                      }
                    });
}

/** How many rows of U lie side by side: two of bfloat16, see multiply_panels. */
template <typename Element>
inline constexpr int64_t rows_together = std::is_same_v<Element, float> ? 1 : 2;

/**
 * U = Matrix · w · Matrixᵀ of one row (of bfloat16: a pair of rows) of one panel, which
 * begins at `u`. The 25 taps of the kernel in row i and column j begin at w + i · row_stride
 * + j · column_stride.
 */
template <const auto& Matrix, int64_t Taps, typename Element>
DCGAN_INLINE void pack_kernels(const float* w, int64_t row_stride, int64_t column_stride, Element* u,
                               const WinogradMatrices<Element>& packed) {
  constexpr int64_t rows = rows_together<Element>;
  const int64_t down = packed.down(), across = packed.across();
  for (int64_t first = 0; first < rows * panel_width; first += lanes, u += lanes) {
    float lanes_last[Taps * Taps][lanes];
    for (int64_t i = 0; i < lanes; ++i) {
      const float* kernel = w + (first + i) % rows * row_stride + (first + i) / rows * column_stride;
      for (int64_t t = 0; t < Taps * Taps; ++t) lanes_last[t][i] = kernel[t];
    }
    transform<Matrix, false>(
        [&](size_t y, size_t x) DCGAN_INLINE_LAMBDA { return load_lanes(lanes_last[y * Taps + x]); },
        [&](size_t p, size_t q, Float16Lanes value)
            DCGAN_INLINE_LAMBDA { store_as<Element>(u + p * down + q * across, value); });
  }
}

/** The transpose: one row of one panel of dU, which begins at `u`, → dw. */
template <const auto& Matrix, int64_t Taps>
DCGAN_INLINE void unpack_kernels(float* w, int64_t column_stride, const float* u,
                                 const WinogradMatrices<float>& packed) {
  const int64_t down = packed.down(), across = packed.across();
  for (int64_t lane = 0; lane < panel_width; lane += lanes, w += lanes * column_stride, u += lanes) {
    float lanes_last[Taps * Taps][lanes];
    transform<Matrix, true>([&](size_t p, size_t q)
                                DCGAN_INLINE_LAMBDA { return load_lanes(u + p * down + q * across); },
                            [&](size_t y, size_t x, Float16Lanes value)
                                DCGAN_INLINE_LAMBDA { store_lanes(lanes_last[y * Taps + x], value); });
    for (int64_t i = 0; i < lanes; ++i) {
      for (int64_t t = 0; t < Taps * Taps; ++t) w[i * column_stride + t] = lanes_last[t][i];
    }
  }
}

}  // namespace winograd_detail

/** The transforms of an engine, compiled for the vector units that its Element needs. */
template <const auto& Axis, typename Map, typename Element>
struct WinogradBlockTransforms;

#define DCGAN_WINOGRAD_TRANSFORMS(CODE)                                                               \
  using Inputs = winograd_detail::InputTiling<Axis>;                                                  \
  using Outputs = winograd_detail::OutputTiling<Axis>;                                                \
  static constexpr auto input_matrix = Axis.input;                                                    \
  static constexpr auto output_matrix = Axis.output;                                                  \
  static constexpr auto kernel_matrix = Axis.kernel;                                                  \
  static CODE void input(const Map* x, const WinogradBlock& b, const WinogradMatrices<Element>& v,    \
                         const WinogradMaps& maps) {                                                  \
    winograd_detail::pack<input_matrix, Inputs>(x, b, v, maps);                                       \
  }                                                                                                   \
  static CODE void output(const Map* dy, const WinogradBlock& b, const WinogradMatrices<Element>& dm, \
                          const WinogradMaps& maps) {                                                 \
    winograd_detail::pack<output_matrix, Outputs>(dy, b, dm, maps);                                   \
  }                                                                                                   \
  static CODE void input_back(Map* dx, const WinogradBlock& b, const WinogradMatrices<Element>& dv,   \
                              const WinogradMaps& maps) {                                             \
    winograd_detail::unpack<input_matrix, Inputs>(dx, b, dv, maps);                                   \
  }                                                                                                   \
  static CODE void output_back(Map* y, const WinogradBlock& b, const WinogradMatrices<Element>& m,    \
                               const WinogradMaps& maps) {                                            \
    winograd_detail::unpack<output_matrix, Outputs>(y, b, m, maps);                                   \
  }                                                                                                   \
  static CODE void kernels(const float* w, int64_t row_stride, int64_t column_stride, Element* to,    \
                           const WinogradMatrices<Element>& u) {                                      \
    winograd_detail::pack_kernels<kernel_matrix, Axis.taps>(w, row_stride, column_stride, to, u);     \
  }                                                                                                   \
  static CODE void kernels_back(float* w, int64_t column_stride, const float* from,                   \
                                const WinogradMatrices<float>& du) {                                  \
    winograd_detail::unpack_kernels<kernel_matrix, Axis.taps>(w, column_stride, from, du);            \
  }

template <const auto& Axis, typename Map>
struct WinogradBlockTransforms<Axis, Map, float> {
  using Element = float;
  DCGAN_WINOGRAD_TRANSFORMS(DCGAN_VECTOR_CLONES)
};
#ifdef DCGAN_HAS_BFLOAT16_CODE
template <const auto& Axis, typename Map>
struct WinogradBlockTransforms<Axis, Map, BFloat16Bits> {
  using Element = BFloat16Bits;
  DCGAN_WINOGRAD_TRANSFORMS(DCGAN_BFLOAT16_CODE)
};
#endif
#undef DCGAN_WINOGRAD_TRANSFORMS

}  // namespace dcgan
