#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "gemm.h"
#include "winograd.h"
#include "winograd_block_transforms.h"

namespace dcgan {

/**
 * A 5×5 convolution with padding `same` in the transform domain, both dimensions alike (see
 * WinogradAxis). Channels-last: x [B, S, S, Cin], y [B, S/stride, S/stride, Cout], w [Cout, Cin, 5,
 * 5]; Cin and Cout are multiples of 32. With the axis's matrices I, O and K, capitals for
 * transformed arrays and a matrix product for each pair of products of the axis, and of each tile where
 * the axis is one:
 *
 * - V = I x Iᵀ, U = K w Kᵀ, M = V U, y = Oᵀ M O
 * - dM = O dy Oᵀ, dV = dM Uᵀ, dx = Iᵀ dV I
 * - dU = Vᵀ dM, dw = Kᵀ dU K
 *
 * V, U, M, dV and dM are of Element; sums are float32, and so is dU. A group of images is taken at
 * a time, so that V and dM stay in the cache. All results are the same for any number of threads:
 * these share out transforms and products, never a sum.
 */
template <const auto& Axis, typename Map, typename Element>
class WinogradEngine final : public ConvolutionKernel<Map> {
 public:
  WinogradEngine(const ConvolutionShape& shape, Scratch& scratch)
      : in_(shape.in),
        out_(shape.out),
        tiles_((shape.size / Axis.stride + Axis.small - 1) / Axis.small),
        group_(std::max<int64_t>(1, group_rows / (tiles_ * tiles_))),
        large_{shape.size, in_, tiles_},
        small_{shape.size / Axis.stride, out_, tiles_},
        scratch_(scratch),
        v_(Axis.products, rows_of(group_), in_),
        m_(Axis.outputs, rows_of(group_), out_),
        u_(Axis.products, in_, out_),
        u_transposed_(Axis.products, out_, in_),
        du_(Axis.products, in_, out_) {
    scratch.reserve((v_.bytes() + m_.bytes() + u_.bytes() + du_.bytes()) / sizeof(float));
    for (int p = 0; p < Axis.products; ++p) products_of_output_[Axis.output_of[p]].push_back(p);
  }

 protected:
  /** Not y and dx at once: U and Uᵀ share their memory, as do V and dV, M and dM. */
  void run(const ConvolutionPass<Map>& pass) override {
    auto* memory = reinterpret_cast<std::byte*>(scratch_.data());
    const auto place = [&](auto& matrices) {
      matrices.data = reinterpret_cast<decltype(matrices.data)>(memory);
      memory += matrices.bytes();
    };
    place(du_);
    place(v_);
    place(m_);
    u_transposed_.data = reinterpret_cast<Element*>(memory);
    place(u_);
    if (pass.y) transform_kernels(pass.w);
    if (pass.dx) transform_kernels_transposed(pass.w);
    for (int64_t first = 0; first < pass.batch; first += group_) {
      const int64_t images = std::min(group_, pass.batch - first);
      if (pass.x)
        each_block(images, first, large_, [&](const auto& b) { Transforms::input(pass.x, b, v_, large_); });
      if (pass.dy)
        each_block(images, first, small_, [&](const auto& b) { Transforms::output(pass.dy, b, m_, small_); });
      if (pass.dw) multiply_for_kernels(rows_of(images), first > 0);
      if (pass.y) {
        multiply_for_outputs(rows_of(images));
        each_block(images, first, small_,
                   [&](const auto& b) { Transforms::output_back(pass.y, b, m_, small_); });
      }
      if (pass.dx) {
        multiply_for_inputs(rows_of(images));
        each_block(images, first, large_,
                   [&](const auto& b) { Transforms::input_back(pass.dx, b, v_, large_); });
      }
    }
    if (pass.dw) transform_kernels_back(pass.dw);
  }

 private:
  using Transforms = WinogradBlockTransforms<Axis, Map, Element>;

  static constexpr int64_t taps = Axis.taps * Axis.taps;
  /** Rows of V and M: one for each tile of each image of a group. */
  static constexpr int64_t group_rows = 128;
  int64_t rows_of(int64_t images) const { return images * tiles_ * tiles_; }
  /** Rows of a weight gradient that are summed at once. */
  static constexpr int64_t summed_rows = 64;

  /** Calls f for each panel of channels of a few images of the group. */
  template <typename F>
  static void each_block(int64_t images, int64_t first, const WinogradMaps& maps, const F& f) {
    constexpr int64_t chunk = Axis.is_tile ? 1 : 4;
    const int64_t chunks = (images + chunk - 1) / chunk;
    const int64_t panels = maps.channels / panel_width;
    for_each_task(chunks * panels, [&](int64_t task) {
      const int64_t panel = task % panels, image = task / panels * chunk;
      const int64_t offset = (first + image) * maps.size * maps.size * maps.channels + panel * panel_width;
      f(WinogradBlock{offset, panel, image, std::min(chunk, images - image)});
    });
  }

  /**
   * A few rows of one panel of U (or Uᵀ, or dU) a task. f gets every row, or every `together`th.
   */
  template <typename F>
  static void each_kernel_row(int64_t rows, int64_t columns, int64_t together, const F& f) {
    constexpr int64_t chunk = 8;
    for_each_task(rows / chunk * (columns / panel_width), [&](int64_t task) {
      const int64_t panel = task / (rows / chunk), first = task % (rows / chunk) * chunk;
      for (int64_t row = first; row < first + chunk; row += together) f(panel, row);
    });
  }
  void transform_kernels(const float* w) const {
    each_kernel_row(in_, out_, winograd_detail::rows_together<Element>, [&](int64_t panel, int64_t c) {
      Transforms::kernels(w + (panel * panel_width * in_ + c) * taps, taps, in_ * taps, u_.at(0, 0, panel, c),
                          u_);
    });
  }
  void transform_kernels_transposed(const float* w) const {
    each_kernel_row(out_, in_, winograd_detail::rows_together<Element>, [&](int64_t panel, int64_t o) {
      Transforms::kernels(w + (o * in_ + panel * panel_width) * taps, in_ * taps, taps,
                          u_transposed_.at(0, 0, panel, o), u_transposed_);
    });
  }
  void transform_kernels_back(float* dw) const {
    each_kernel_row(in_, out_, 1, [&](int64_t panel, int64_t c) {
      Transforms::kernels_back(dw + (panel * panel_width * in_ + c) * taps, in_ * taps,
                               du_.at(0, 0, panel, c), du_);
    });
  }

  /** What a product kernel is called with; there is room for 4 products of all channels. */
  struct Call {
    std::array<PanelTerm<Element>, 4 * winograd_most_channels / panel_width> terms;
    int64_t count = 0;
    Element* to = nullptr;
    void add(const PanelTerm<Element>& term) { terms.at(count++) = term; }
  };

  /** M = V U, summed over the products that share an output position. */
  void multiply_for_outputs(int64_t rows) const {
    multiply_positions(Axis.outputs, rows, out_, [&](int64_t s, int64_t t, int64_t panel) {
      Call call;
      for (int p : products_of_output_[s]) {
        for (int q : products_of_output_[t]) {
          for (int64_t c = 0; c < in_; c += panel_width) {
            call.add({v_.at(p, q, c / panel_width), u_.at(p, q, panel, c), panel_width});
          }
        }
      }
      call.to = m_.at(s, t, panel);
      return call;
    });
  }

  /** dV = dM Uᵀ. */
  void multiply_for_inputs(int64_t rows) const {
    multiply_positions(Axis.products, rows, in_, [&](int64_t p, int64_t q, int64_t panel) {
      Call call;
      for (int64_t o = 0; o < out_; o += panel_width) {
        call.add({m_.at(Axis.output_of[p], Axis.output_of[q], o / panel_width),
                  u_transposed_.at(p, q, panel, o), panel_width});
      }
      call.to = v_.at(p, q, panel);
      return call;
    });
  }

  /**
   * Products of `rows` rows and `channels` columns at each pair of positions, by panels. Meanwhile the
   * kernels of the next panel are asked of memory, and, a part with each panel, the rows at the next pair of
   * positions.
   */
  template <typename CallAt>
  void multiply_positions(int64_t positions, int64_t rows, int64_t channels, const CallAt& call_at) const {
    const int64_t panels = channels / panel_width;
    for_each_run(positions * positions, [&](int64_t first, int64_t end) {
      const auto call_of = [&](int64_t i) {
        const int64_t position = i / panels;
        return position < end ? call_at(position / positions, position % positions, i % panels) : Call{};
      };
      Call call = call_of(first * panels);
      Ahead<Element> next_rows;
      for (int64_t i = first * panels; i < end * panels; ++i) {
        if (i % panels == 0) next_rows = rows_of_call(call_of(i + panels), rows);
        const Call next = call_of(i + 1);
        Ahead<Element> ahead;
        for (int64_t t = 0; t < next.count; ++t) ahead.add(next.terms[t].b, panel_width * panel_width);
        ahead.add_share(next_rows, i % panels, panels);
        multiply_panels(call.terms.data(), call.count, rows, call.to, panel_width, ahead);
        call = next;
      }
    });
  }
  static Ahead<Element> rows_of_call(const Call& call, int64_t rows) {
    Ahead<Element> ahead;
    for (int64_t t = 0; t < call.count; ++t) ahead.add(call.terms[t].a, rows * panel_width);
    return ahead;
  }

  /** Part of a weight gradient at a pair of positions: a sum over `rows` rows of V and dM. */
  struct RowSum {
    int64_t p, q;
    const Element *v, *dm;
    int64_t rows;
    bool accumulate;
  };

  /** dU = Vᵀ dM, added to that of the groups before. */
  void multiply_for_kernels(int64_t rows, bool accumulate) const {
    const int64_t sums = (rows + summed_rows - 1) / summed_rows;
    for_each_run(Axis.products * Axis.products, [&](int64_t begin, int64_t end) {
      const auto sum_of = [&](int64_t i) {
        const int64_t position = i / sums, first = i % sums * summed_rows;
        const int64_t p = position / Axis.products, q = position % Axis.products;
        return RowSum{p,
                      q,
                      v_.at(p, q, 0, first),
                      m_.at(Axis.output_of[p], Axis.output_of[q], 0, first),
                      std::min(summed_rows, rows - first),
                      accumulate || first > 0};
      };
      for (int64_t i = begin * sums; i < end * sums; ++i) {
        Ahead<Element> next;
        if (i + 1 < end * sums) next = operands_of(sum_of(i + 1));
        multiply_rows(sum_of(i), next);
      }
    });
  }

  Ahead<Element> operands_of(const RowSum& sum) const {
    Ahead<Element> ahead;
    const auto add = [&](const Element* from, int64_t channels) {
      for (int64_t c = 0; c < channels; c += panel_width)
        ahead.add(from + c * rows_of(group_), sum.rows * panel_width);
    };
    add(sum.v, in_);
    add(sum.dm, out_);
    return ahead;
  }

  void multiply_rows(const RowSum& sum, const Ahead<Element>& next) const {
    const int64_t apart = rows_of(group_);
    if constexpr (std::is_same_v<Element, float>) {
      multiply_columns(sum.v, sum.dm, apart, sum.rows, sum, next);
    } else {
      // The sum is over rows now, and so are the pairs.
      BFloat16Bits paired_v[summed_rows * winograd_most_channels],
          paired_dm[summed_rows * winograd_most_channels];
      const auto pair = [&](const Element* from, int64_t channels, Element* to) {
        for (int64_t c = 0; c < channels; c += panel_width)
          pair_rows(from + c * apart, sum.rows, to + c * summed_rows);
      };
      pair(sum.v, in_, paired_v);
      pair(sum.dm, out_, paired_dm);
      multiply_columns(paired_v, paired_dm, summed_rows, (sum.rows + 1) / 2 * 2, sum, next);
    }
  }

  /** dU of one pair of positions, from panels of `rows` rows of which the first `depth` count. */
  void multiply_columns(const Element* v, const Element* dm, int64_t rows, int64_t depth, const RowSum& sum,
                        const Ahead<Element>& next) const {
    const int64_t across = out_ / panel_width, panels = in_ / panel_width * across;
    const auto to = [&](int64_t i) { return du_.at(sum.p, sum.q, i % across, i / across * panel_width); };
    for (int64_t i = 0; i < panels; ++i) {
      const Element *a = v + i / across * panel_width * rows, *b = dm + i % across * panel_width * rows;
      std::array<PanelTerm<Element>, summed_rows / panel_width> terms;
      int64_t count = 0;
      for (int64_t row = 0; row < depth; row += panel_width) {
        terms.at(count++) = {a + row * panel_width, b + row * panel_width,
                             std::min(panel_width, depth - row)};
      }
      Ahead<Element> ahead;
      if (sum.accumulate && i + 1 < panels) ahead.add(to(i + 1), panel_width * panel_width);
      ahead.add_share(next, i, panels);
      multiply_panels_transposed(terms.data(), count, panel_width, to(i), panel_width, sum.accumulate, ahead);
    }
  }

  int64_t in_, out_;
  /** Tiles of a map in each direction, and images of a group. */
  int64_t tiles_, group_;
  WinogradMaps large_, small_;
  Scratch& scratch_;
  /** V and dV, M and dM, U, Uᵀ. */
  WinogradMatrices<Element> v_, m_, u_, u_transposed_;
  WinogradMatrices<float> du_;
  std::array<std::vector<int>, Axis.outputs> products_of_output_;
};

/**
 * The engine for maps of T, as winograd.h says. bfloat16 is multiplied on an axis that
 * hardly amplifies its rounding.
 */
template <const auto& Float32Axis, const auto& BFloat16Axis, typename T>
std::unique_ptr<ConvolutionKernel<T>> make_winograd_engine(const ConvolutionShape& shape, Scratch& scratch) {
#ifdef DCGAN_HAS_BFLOAT16_CODE
  if constexpr (std::is_same_v<T, BFloat16Bits>) {
    if (multiplies_bfloat16()) return std::make_unique<WinogradEngine<BFloat16Axis, T, T>>(shape, scratch);
  }
#endif
  return std::make_unique<WinogradEngine<Float32Axis, T, float>>(shape, scratch);
}

}  // namespace dcgan
