#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "gemm.h"
#include "winograd.h"
#include "winograd_axis.h"
#include "winograd_transform.h"

namespace dcgan {

/** A transformed array: a packed matrix [rows, columns] for each pair of positions (p, q). */
class WinogradMatrices {
 public:
  WinogradMatrices(int64_t positions, int64_t rows, int64_t columns)
      : positions_(positions), panel_(rows * panel_width), matrix_(rows * columns + pad) {}

  int64_t count() const { return positions_ * positions_ * matrix_; }
  /** Floats from (p, q) to (p, q + 1) and to (p + 1, q). */
  int64_t across() const { return matrix_; }
  int64_t down() const { return positions_ * matrix_; }
  float* at(int64_t p, int64_t q, int64_t panel, int64_t row = 0) const {
    return data + p * down() + q * across() + panel * panel_ + row * panel_width;
  }

  float* data = nullptr;

 private:
  // A line more than a power of two: a transform writes to all matrices in turn, which must not share a cache
  // set.
  static constexpr int64_t pad = 16;
  int64_t positions_, panel_, matrix_;
};

/**
 * A 5×5 convolution with padding `same` by Winograd's method, both dimensions alike (see WinogradAxis).
 * Channels-last: x [B, S, S, Cin], y [B, S/stride, S/stride, Cout], w [Cout, Cin, 5, 5]; Cin and
 * Cout are multiples of
 * 32. With the axis's matrices I, O and K, capitals for transformed arrays and a matrix product for each pair
 * of positions: V = I x Iᵀ,   U = K w Kᵀ,   M = V U,    y = Oᵀ M O W = O dy Oᵀ,  dV = W Uᵀ,    dx = Iᵀ dV I
 *                   dU = Vᵀ W,    dw = Kᵀ dU K
 * A group of images is taken at a time, so that V and W stay in the cache. All results are the same for any
 * number of threads: these share out transforms and products, never a sum.
 */
template <const auto& Axis>
class WinogradEngine final : public ConvolutionKernel {
 public:
  WinogradEngine(int64_t in, int64_t out, int64_t group, Scratch& scratch)
      : in_(in),
        out_(out),
        group_(group),
        scratch_(scratch),
        v_(Axis.inputs, group, in),
        w_(Axis.outputs, group, out),
        u_(Axis.kernels, in, out),
        u_transposed_(Axis.kernels, out, in),
        du_(Axis.kernels, in, out) {
    scratch.reserve(v_.count() + w_.count() + u_.count() + du_.count());
    for (int p = 0; p < Axis.inputs; ++p) {
      inputs_of_kernel_[Axis.kernel_of[p]].push_back(p);
      inputs_of_output_[Axis.output_of[p]].push_back(p);
    }
    for (int s = 0; s < Axis.outputs; ++s) outputs_of_point_[Axis.point_of[s]].push_back(s);
  }

 protected:
  void run(const ConvolutionPass<float>& pass) override { run_pass(pass); }
  void run(const ConvolutionPass<BFloat16Bits>& pass) override { run_pass(pass); }

 private:
  /** Not y and dx at once: U and Uᵀ share their memory, as do V and dV, W and M. */
  template <typename T>
  void run_pass(const ConvolutionPass<T>& pass) {
    v_.data = scratch_.data();
    w_.data = v_.data + v_.count();
    u_.data = u_transposed_.data = w_.data + w_.count();
    du_.data = u_.data + u_.count();
    if (pass.y) transform_kernels(pass.w);
    if (pass.dx) transform_kernels_transposed(pass.w);
    for (int64_t first = 0; first < pass.batch; first += group_) {
      const int64_t images = std::min(group_, pass.batch - first);
      if (pass.x)
        each_block(images, in_, first, large, [&](const Block& b) { input(pass.x + b.offset, b, v_, in_); });
      if (pass.dy) {
        each_block(images, out_, first, small,
                   [&](const Block& b) { output(pass.dy + b.offset, b, w_, out_); });
      }
      if (pass.dw) multiply_for_kernels(images, first > 0);
      if (pass.y) {
        multiply_for_outputs(images);
        each_block(images, out_, first, small,
                   [&](const Block& b) { output_back(pass.y + b.offset, b, w_, out_); });
      }
      if (pass.dx) {
        multiply_for_inputs(images);
        each_block(images, in_, first, large,
                   [&](const Block& b) { input_back(pass.dx + b.offset, b, v_, in_); });
      }
    }
    if (pass.dw) transform_kernels_back(pass.dw);
  }

  static constexpr auto input_matrix = Axis.input;
  static constexpr auto output_matrix = Axis.output;
  static constexpr auto kernel_matrix = Axis.kernel;
  static constexpr int64_t large = Axis.size, small = Axis.small, taps = Axis.taps;

  /** A panel of channels of a few images of the group: what one task transforms. */
  struct Block {
    int64_t offset;  // in x or y
    int64_t panel, image, images;
  };

  template <typename F>
  static void each_block(int64_t images, int64_t channels, int64_t first, int64_t size, const F& f) {
    constexpr int64_t chunk = 4;
    const int64_t chunks = (images + chunk - 1) / chunk;
    const int64_t panels = channels / panel_width;
    for_each_task(chunks * panels, [&](int64_t task) {
      const int64_t panel = task % panels, image = task / panels * chunk;
      f(Block{(first + image) * size * size * channels + panel * panel_width, panel, image,
              std::min(chunk, images - image)});
    });
  }

  /** Packed = Matrix · plane · Matrixᵀ, for each image of a block; `plane` is [Size, Size, channels]. */
  template <const auto& Matrix, int64_t Size, typename T>
  static DCGAN_INLINE void pack(const T* plane, const Block& block, const WinogradMatrices& packed,
                                int64_t channels) {
    const int64_t down = packed.down(), across = packed.across();
    for (int64_t i = 0; i < block.images; ++i, plane += Size * Size * channels) {
      float* to = packed.at(0, 0, block.panel, block.image + i);
      for (int64_t lane = 0; lane < panel_width; lane += lanes) {
        transform<Matrix, false>(
            [&](size_t y, size_t x) DCGAN_INLINE_LAMBDA {
              const T* pixel = plane + (y * Size + x) * channels + lane;
              __builtin_prefetch(pixel + Size * Size * channels);  // the same pixel of the next image
              return load_lanes(pixel);
            },
            [&](size_t p, size_t q, Float16Lanes value)
                DCGAN_INLINE_LAMBDA { store_lanes(to + p * down + q * across + lane, value); });
      }
    }
  }

  /** The transpose of `pack`. */
  template <const auto& Matrix, int64_t Size, typename T>
  static DCGAN_INLINE void unpack(T* plane, const Block& block, const WinogradMatrices& packed,
                                  int64_t channels) {
    const int64_t down = packed.down(), across = packed.across();
    for (int64_t i = 0; i < block.images; ++i, plane += Size * Size * channels) {
      const float* from = packed.at(0, 0, block.panel, block.image + i);
      for (int64_t lane = 0; lane < panel_width; lane += lanes) {
        transform<Matrix, true>(
            [&](size_t p, size_t q)
                DCGAN_INLINE_LAMBDA { return load_lanes(from + p * down + q * across + lane); },
            [&](size_t y, size_t x, Float16Lanes value)
                DCGAN_INLINE_LAMBDA { store_lanes(plane + (y * Size + x) * channels + lane, value); });
      }
    }
  }

  template <typename T>
  static DCGAN_VECTOR_CLONES void input(const T* x, const Block& b, const WinogradMatrices& v,
                                        int64_t channels) {
    pack<input_matrix, large>(x, b, v, channels);
  }
  template <typename T>
  static DCGAN_VECTOR_CLONES void input_back(T* x, const Block& b, const WinogradMatrices& v,
                                             int64_t channels) {
    unpack<input_matrix, large>(x, b, v, channels);
  }
  template <typename T>
  static DCGAN_VECTOR_CLONES void output(const T* y, const Block& b, const WinogradMatrices& w,
                                         int64_t channels) {
    pack<output_matrix, small>(y, b, w, channels);
  }
  template <typename T>
  static DCGAN_VECTOR_CLONES void output_back(T* y, const Block& b, const WinogradMatrices& w,
                                              int64_t channels) {
    unpack<output_matrix, small>(y, b, w, channels);
  }

  /** 32 kernels, `stride` floats apart, → 32 columns of a row of U, which begin at `u`. */
  static DCGAN_VECTOR_CLONES void kernels(const float* w, int64_t stride, float* u, int64_t down,
                                          int64_t across) {
    for (int64_t lane = 0; lane < panel_width; lane += lanes, w += lanes * stride, u += lanes) {
      float lanes_last[taps * taps][lanes];
      for (int64_t i = 0; i < lanes; ++i) {
        for (int64_t t = 0; t < taps * taps; ++t) lanes_last[t][i] = w[i * stride + t];
      }
      transform<kernel_matrix, false>(
          [&](size_t y, size_t x) DCGAN_INLINE_LAMBDA { return load_lanes(lanes_last[y * taps + x]); },
          [&](size_t p, size_t q, Float16Lanes value)
              DCGAN_INLINE_LAMBDA { store_lanes(u + p * down + q * across, value); });
    }
  }
  static DCGAN_VECTOR_CLONES void kernels_back(float* w, int64_t stride, const float* u, int64_t down,
                                               int64_t across) {
    for (int64_t lane = 0; lane < panel_width; lane += lanes, w += lanes * stride, u += lanes) {
      float lanes_last[taps * taps][lanes];
      transform<kernel_matrix, true>(
          [&](size_t p, size_t q) DCGAN_INLINE_LAMBDA { return load_lanes(u + p * down + q * across); },
          [&](size_t y, size_t x, Float16Lanes value)
              DCGAN_INLINE_LAMBDA { store_lanes(lanes_last[y * taps + x], value); });
      for (int64_t i = 0; i < lanes; ++i) {
        for (int64_t t = 0; t < taps * taps; ++t) w[i * stride + t] = lanes_last[t][i];
      }
    }
  }

  /** A few rows of one panel of U (or Uᵀ) a task. */
  template <typename F>
  static void each_kernel_row(int64_t rows, int64_t columns, const F& f) {
    constexpr int64_t chunk = 8;
    for_each_task(rows / chunk * (columns / panel_width), [&](int64_t task) {
      const int64_t panel = task / (rows / chunk), first = task % (rows / chunk) * chunk;
      for (int64_t row = first; row < first + chunk; ++row) f(panel, row);
    });
  }
  void transform_kernels(const float* w) const {
    each_kernel_row(in_, out_, [&](int64_t panel, int64_t c) {
      const int64_t kernel = panel * panel_width * in_ + c;
      kernels(w + kernel * taps * taps, in_ * taps * taps, u_.at(0, 0, panel, c), u_.down(), u_.across());
    });
  }
  void transform_kernels_transposed(const float* w) const {
    each_kernel_row(out_, in_, [&](int64_t panel, int64_t o) {
      const auto& u = u_transposed_;
      kernels(w + (o * in_ + panel * panel_width) * taps * taps, taps * taps, u.at(0, 0, panel, o), u.down(),
              u.across());
    });
  }
  void transform_kernels_back(float* dw) const {
    each_kernel_row(in_, out_, [&](int64_t panel, int64_t c) {
      const int64_t kernel = panel * panel_width * in_ + c;
      kernels_back(dw + kernel * taps * taps, in_ * taps * taps, du_.at(0, 0, panel, c), du_.down(),
                   du_.across());
    });
  }

  /** M = V U. One task does all output positions of one pair of points, which share the transformed kernels.
   */
  void multiply_for_outputs(int64_t images) const {
    for_each_task(Axis.points * Axis.points, [&](int64_t task) {
      for (int64_t panel = 0; panel < out_ / panel_width; ++panel) {
        for (int s : outputs_of_point_[task / Axis.points]) {
          for (int t : outputs_of_point_[task % Axis.points]) {
            Terms terms;
            for (int p : inputs_of_output_[s]) {
              for (int q : inputs_of_output_[t]) {
                for (int64_t c = 0; c < in_; c += panel_width) {
                  terms.add({v_.at(p, q, c / panel_width),
                             u_.at(Axis.kernel_of[p], Axis.kernel_of[q], panel, c), panel_width});
                }
              }
            }
            multiply_panels(terms.data.data(), terms.count, images, w_.at(s, t, panel), panel_width, false);
          }
        }
      }
    });
  }

  /** dV = W Uᵀ. */
  void multiply_for_inputs(int64_t images) const {
    for_each_task(Axis.kernels * Axis.kernels, [&](int64_t task) {
      const int64_t k = task / Axis.kernels, l = task % Axis.kernels;
      for (int64_t panel = 0; panel < in_ / panel_width; ++panel) {
        for (int p : inputs_of_kernel_[k]) {
          for (int q : inputs_of_kernel_[l]) {
            Terms terms;
            for (int64_t o = 0; o < out_; o += panel_width) {
              terms.add({w_.at(Axis.output_of[p], Axis.output_of[q], o / panel_width),
                         u_transposed_.at(k, l, panel, o), panel_width});
            }
            multiply_panels(terms.data.data(), terms.count, images, v_.at(p, q, panel), panel_width, false);
          }
        }
      }
    });
  }

  /** dU = Vᵀ W, added to that of the groups before. */
  void multiply_for_kernels(int64_t images, bool accumulate) const {
    for_each_task(Axis.kernels * Axis.kernels, [&](int64_t task) {
      const int64_t k = task / Axis.kernels, l = task % Axis.kernels;
      for (int64_t c = 0; c < in_; c += panel_width) {
        for (int64_t panel = 0; panel < out_ / panel_width; ++panel) {
          Terms terms;
          for (int p : inputs_of_kernel_[k]) {
            for (int q : inputs_of_kernel_[l]) {
              terms.add(
                  {v_.at(p, q, c / panel_width), w_.at(Axis.output_of[p], Axis.output_of[q], panel), images});
            }
          }
          multiply_panels_transposed(terms.data.data(), terms.count, panel_width, du_.at(k, l, panel, c),
                                     panel_width, accumulate);
        }
      }
    });
  }

  /** Enough for 4 planes of 256 channels. */
  struct Terms {
    std::array<PanelTerm, 32> data;
    int64_t count = 0;
    void add(const PanelTerm& term) { data.at(count++) = term; }
  };

  int64_t in_, out_, group_;
  Scratch& scratch_;
  WinogradMatrices v_, w_, u_, u_transposed_, du_;
  std::array<std::vector<int>, Axis.kernels> inputs_of_kernel_;
  std::array<std::vector<int>, Axis.outputs> inputs_of_output_;
  std::array<std::vector<int>, Axis.points> outputs_of_point_;
};

}  // namespace dcgan
