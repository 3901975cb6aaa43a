#include "one_channel.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "gemm.h"

namespace dcgan {
namespace {

constexpr int64_t large = 28, small = 14, channels = 64, taps = 5, columns = taps * taps;
constexpr int64_t pixels = small * small, panels = channels / panel_width;
/**
 * An image with its padding. Taps are copied 8 at a time, so a row is longer than
 * the last tap needs.
 */
constexpr int64_t padded_rows = large + 3, padded_width = large + 8, copied = 8;
/**
 * Images whose weight gradients are summed in one go: fixed, so that the sum does not
 * depend on the threads.
 */
constexpr int64_t block_images = 4;
constexpr int64_t partial_size = columns * channels;

template <typename From, typename To>
void copy(const From* __restrict from, int64_t count, To* __restrict to) {
  for (int64_t i = 0; i < count; ++i) store(to[i], load(from[i]));
}

/** x [28, 28] → [196][32]: the 25 inputs of each output, then rubbish. */
template <typename T>
void lay_out_taps(const T* x, float* to) {
  float padded[padded_rows * padded_width] = {};
  for (int64_t i = 0; i < large; ++i) copy(x + i * large, large, padded + (i + 1) * padded_width + 1);
  for (int64_t i = 0; i < small; ++i) {
    for (int64_t j = 0; j < small; ++j, to += panel_width) {
      // In this order, so that the rubbish after one row's taps is overwritten by the next row's.
      for (int64_t a = 0; a < taps; ++a) {
        std::memcpy(to + a * taps, padded + (2 * i + a) * padded_width + 2 * j, copied * sizeof(float));
      }
    }
  }
}

/** The transpose: adds the taps of [196][32] up to an image. */
template <typename T>
void add_up_taps(const float* from, T* x) {
  float padded[padded_rows * padded_width] = {};
  for (int64_t i = 0; i < small; ++i) {
    for (int64_t a = 0; a < taps; ++a) {
      float* row = padded + (2 * i + a) * padded_width;
      for (int64_t b = 0; b < taps; ++b) {
        for (int64_t j = 0; j < small; ++j)
          row[2 * j + b] += from[(i * small + j) * panel_width + a * taps + b];
      }
    }
  }
  for (int64_t i = 0; i < large; ++i) copy(padded + (i + 1) * padded_width + 1, large, x + i * large);
}

/** One image's y [196, 64] → two panels [196][32]. */
template <typename T>
void pack_channels(const T* y, float* to) {
  for (int64_t p = 0; p < pixels; ++p) {
    for (int64_t i = 0; i < panels; ++i) {
      copy(y + p * channels + i * panel_width, panel_width, to + (i * pixels + p) * panel_width);
    }
  }
}

}  // namespace

template <typename T>
bool OneChannelConvolution<T>::fits(const ConvolutionShape& shape) {
  return shape == ConvolutionShape{.size = large, .in = 1, .out = channels, .stride = large / small};
}

template <typename T>
OneChannelConvolution<T>::OneChannelConvolution() : weights_(channels * panel_width) {}

template <typename T>
void OneChannelConvolution<T>::run(const ConvolutionPass<T>& pass) {
  if (pass.y != nullptr) forward_pass(pass.batch, pass.x, pass.w, pass.y);
  if (pass.dx != nullptr) input_gradient_pass(pass.batch, pass.dy, pass.w, pass.dx);
  if (pass.dw != nullptr) weight_gradient_pass(pass.batch, pass.x, pass.dy, pass.dw);
}

template <typename T>
void OneChannelConvolution<T>::forward_pass(int64_t batch, const T* x, const float* w, T* y) {
  for (int64_t o = 0; o < channels; ++o) {
    float* panel = weights_.data() + o / panel_width * columns * panel_width + o % panel_width;
    for (int64_t t = 0; t < columns; ++t) panel[t * panel_width] = w[o * columns + t];
  }
  for_each_task(batch, [&](int64_t image) {
    float laid_out[pixels * panel_width], products[pixels * panel_width];
    lay_out_taps(x + image * large * large, laid_out);
    for (int64_t i = 0; i < panels; ++i) {
      const PanelTerm<float> term = {laid_out, weights_.data() + i * columns * panel_width, columns};
      T* to = y + image * pixels * channels + i * panel_width;
      if constexpr (std::is_same_v<T, float>) {
        multiply_panels(&term, 1, pixels, to, channels);
      } else {
        multiply_panels(&term, 1, pixels, products, panel_width);
        for (int64_t p = 0; p < pixels; ++p) copy(products + p * panel_width, panel_width, to + p * channels);
      }
    }
  });
}

template <typename T>
void OneChannelConvolution<T>::input_gradient_pass(int64_t batch, const T* dy, const float* w, T* dx) {
  for (int64_t o = 0; o < channels; ++o)
    std::copy_n(w + o * columns, columns, weights_.data() + o * panel_width);
  for_each_task(batch, [&](int64_t image) {
    float packed[panels * pixels * panel_width], laid_out[pixels * panel_width];
    pack_channels(dy + image * pixels * channels, packed);
    PanelTerm<float> terms[panels];
    for (int64_t i = 0; i < panels; ++i) {
      terms[i] = {packed + i * pixels * panel_width, weights_.data() + i * panel_width * panel_width,
                  panel_width};
    }
    multiply_panels(terms, panels, pixels, laid_out, panel_width);
    add_up_taps(laid_out, dx + image * large * large);
  });
}

template <typename T>
void OneChannelConvolution<T>::weight_gradient_pass(int64_t batch, const T* x, const T* dy, float* dw) {
  const int64_t blocks = (batch + block_images - 1) / block_images;
  if (const auto size = static_cast<size_t>(blocks * partial_size); partial_.size() < size)
    partial_.resize(size);
  for_each_task(blocks, [&](int64_t block) {
    float laid_out[pixels * panel_width], packed[panels * pixels * panel_width];
    float* sum = partial_.data() + block * partial_size;
    for (int64_t image = block * block_images; image < std::min(batch, (block + 1) * block_images); ++image) {
      lay_out_taps(x + image * large * large, laid_out);
      pack_channels(dy + image * pixels * channels, packed);
      for (int64_t i = 0; i < panels; ++i) {
        // In quarters: shorter sums round less.
        PanelTerm<float> terms[4];
        for (int64_t t = 0; t < 4; ++t) {
          const int64_t first = t * pixels / 4;
          terms[t] = {laid_out + first * panel_width, packed + (i * pixels + first) * panel_width,
                      pixels / 4};
        }
        multiply_panels_transposed(terms, 4, columns, sum + i * panel_width, channels,
                                   image > block * block_images);
      }
    }
  });
  // Pairs of neighbours, then pairs of pairs: the sum of many blocks rounds as little as
  // that of a few.
  for (int64_t step = 1; step < blocks; step *= 2) {
    for (int64_t block = 0; block + step < blocks; block += 2 * step) {
      float* to = partial_.data() + block * partial_size;
      for (int64_t i = 0; i < partial_size; ++i) to[i] += to[step * partial_size + i];
    }
  }
  for (int64_t t = 0; t < columns; ++t) {
    for (int64_t o = 0; o < channels; ++o) dw[o * columns + t] = partial_[t * channels + o];
  }
}

template class OneChannelConvolution<float>;
template class OneChannelConvolution<BFloat16Bits>;

}  // namespace dcgan
