#include "image_convolution.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <vector>

#include "gemm.h"

namespace dcgan {
namespace {

constexpr int64_t kernel_rows = 5, stride = 2, padding_before = 1, most_channels = 6;
/** Limits of what is laid out at once, and so of the memory on the stack. */
constexpr int64_t most_pixels = 256, most_features = 256, most_size = 512;
/** Rows of the images that the taps of one strip and of the next have in common. */
constexpr int64_t shared_rows = kernel_rows - stride;
/**
 * Images whose weight gradients are summed in one go: fixed, so that the sum does not
 * depend on the threads.
 */
constexpr int64_t block_images = 4;
/** Taps are copied 8 at a time, so a row is longer than the last tap needs. */
constexpr int64_t copied = 8;
/** Floats of a strip of an image with its padding: strips of the largest images, of one row, have the most.
 */
template <int64_t C>
constexpr int64_t most_padded = (stride + shared_rows) * ((most_size + kernel_rows) * C + copied);

template <typename From, typename To>
void copy(const From* __restrict from, int64_t count, To* __restrict to) {
  for (int64_t i = 0; i < count; ++i) store(to[i], load(from[i]));
}

/** The taps of a pixel with C channels: rows of the kernel [5][C] side by side, as many in a panel as there
 * is room for. */
template <int64_t C>
struct Taps {
  static constexpr int64_t in_row = kernel_rows * C,
                           rows_in_panel = std::min(kernel_rows, panel_width / in_row);
  static constexpr int64_t panels = (kernel_rows + rows_in_panel - 1) / rows_in_panel;

  static constexpr int64_t panel_of(int64_t row) { return row / rows_in_panel; }
  static constexpr int64_t column_of(int64_t row) { return row % rows_in_panel * in_row; }
  /** Columns of a panel that hold taps. */
  static constexpr int64_t columns(int64_t panel) {
    return std::min(rows_in_panel, kernel_rows - panel * rows_in_panel) * in_row;
  }
};

template <typename T, int64_t C>
class ImageConvolution final : public ConvolutionKernel<T> {
 public:
  explicit ImageConvolution(const ConvolutionShape& shape)
      : large_(shape.size),
        small_(shape.size / stride),
        features_(shape.out),
        feature_panels_(shape.out / panel_width),
        strip_rows_(std::min(small_, most_pixels / small_)),
        padded_width_((shape.size + kernel_rows) * C + copied),
        weights_(Taps<C>::panels * panel_width * shape.out) {}

 private:
  /** Rows of an image's features, and their pixels. */
  struct Strip {
    int64_t first, rows, pixels;
  };

  void run(const ConvolutionPass<T>& pass) override {
    if (pass.y != nullptr) forward_pass(pass.batch, pass.x, pass.w, pass.y);
    if (pass.dx != nullptr) input_gradient_pass(pass.batch, pass.dy, pass.w, pass.dx);
    if (pass.dw != nullptr) weight_gradient_pass(pass.batch, pass.x, pass.dy, pass.dw);
  }

  template <typename F>
  void each_strip(const F& f) const {
    for (int64_t first = 0; first < small_; first += strip_rows_) {
      const int64_t rows = std::min(strip_rows_, small_ - first);
      f(Strip{first, rows, rows * small_});
    }
  }

  /** Calls f(place in w [C][5][5], place in the panels of taps [panels][32]) for each tap. */
  template <typename F>
  static void each_tap(const F& f) {
    for (int64_t row = 0; row < kernel_rows; ++row) {
      for (int64_t i = 0; i < Taps<C>::in_row; ++i) {
        const int64_t column = i / C, channel = i % C;
        f((channel * kernel_rows + row) * kernel_rows + column,
          Taps<C>::panel_of(row) * panel_width + Taps<C>::column_of(row) + i);
      }
    }
  }

  void forward_pass(int64_t batch, const T* x, const float* w, T* y) {
    const int64_t taps = kernel_rows * kernel_rows * C;
    // For each panel of features the panels of taps [32][32].
    for (int64_t o = 0; o < features_; ++o) {
      float* panel = weights_.data() + o / panel_width * Taps<C>::panels * panel_width * panel_width;
      each_tap(
          [&](int64_t from, int64_t to) { panel[to * panel_width + o % panel_width] = w[o * taps + from]; });
    }
    for_each_task(batch, [&](int64_t image) {
      each_strip([&](const Strip& strip) {
        float laid_out[Taps<C>::panels * most_pixels * panel_width], products[most_pixels * panel_width];
        lay_out_taps(x + image * large_ * large_ * C, strip, laid_out);
        for (int64_t i = 0; i < feature_panels_; ++i) {
          std::array<PanelTerm<float>, Taps<C>::panels> terms;
          for (int64_t panel = 0; panel < Taps<C>::panels; ++panel) {
            terms[panel] = {laid_out + panel * strip.pixels * panel_width,
                            weights_.data() + (i * Taps<C>::panels + panel) * panel_width * panel_width,
                            Taps<C>::columns(panel)};
          }
          T* to = y + (image * small_ + strip.first) * small_ * features_ + i * panel_width;
          if constexpr (std::is_same_v<T, float>) {
            multiply_panels(terms.data(), terms.size(), strip.pixels, to, features_);
          } else {
            multiply_panels(terms.data(), terms.size(), strip.pixels, products, panel_width);
            for (int64_t p = 0; p < strip.pixels; ++p)
              copy(products + p * panel_width, panel_width, to + p * features_);
          }
        }
      });
    });
  }

  void input_gradient_pass(int64_t batch, const T* dy, const float* w, T* dx) {
    const int64_t taps = kernel_rows * kernel_rows * C;
    // For each panel of taps the features [features][32].
    for (int64_t o = 0; o < features_; ++o) {
      each_tap([&](int64_t from, int64_t to) {
        weights_[(to / panel_width * features_ + o) * panel_width + to % panel_width] = w[o * taps + from];
      });
    }
    for_each_task(batch, [&](int64_t image) {
      float padded[most_padded<C>];
      std::fill_n(padded, (stride * strip_rows_ + shared_rows) * padded_width_, 0.0F);
      each_strip([&](const Strip& strip) {
        float packed[most_features * most_pixels], laid_out[most_pixels * panel_width];
        pack_features(dy + (image * small_ + strip.first) * small_ * features_, strip, packed);
        for (int64_t panel = 0; panel < Taps<C>::panels; ++panel) {
          std::array<PanelTerm<float>, most_features / panel_width> terms;
          for (int64_t i = 0; i < feature_panels_; ++i) {
            terms[i] = {packed + i * strip.pixels * panel_width,
                        weights_.data() + (panel * features_ + i * panel_width) * panel_width, panel_width};
          }
          multiply_panels(terms.data(), feature_panels_, strip.pixels, laid_out, panel_width);
          add_taps(laid_out, panel, strip, padded);
        }
        take_finished(padded, strip, dx + image * large_ * large_ * C);
      });
    });
  }

  void weight_gradient_pass(int64_t batch, const T* x, const T* dy, float* dw) {
    const int64_t taps = kernel_rows * kernel_rows * C,
                  partial_size = Taps<C>::panels * panel_width * features_;
    const int64_t blocks = (batch + block_images - 1) / block_images;
    if (const auto size = static_cast<size_t>(blocks * partial_size); partial_.size() < size)
      partial_.resize(size);
    for_each_task(blocks, [&](int64_t block) {
      float* sum = partial_.data() + block * partial_size;
      for (int64_t image = block * block_images; image < std::min(batch, (block + 1) * block_images);
           ++image) {
        each_strip([&](const Strip& strip) {
          float laid_out[Taps<C>::panels * most_pixels * panel_width], packed[most_features * most_pixels];
          lay_out_taps(x + image * large_ * large_ * C, strip, laid_out);
          pack_features(dy + (image * small_ + strip.first) * small_ * features_, strip, packed);
          add_weight_gradients(laid_out, packed, strip, sum, image > block * block_images || strip.first > 0);
        });
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
    each_tap([&](int64_t to, int64_t from) {
      for (int64_t o = 0; o < features_; ++o) dw[o * taps + to] = partial_[from * features_ + o];
    });
  }

  /** dwᵀ [panels of taps][32][features] of a strip. */
  void add_weight_gradients(const float* laid_out, const float* packed, const Strip& strip, float* sum,
                            bool accumulate) const {
    for (int64_t panel = 0; panel < Taps<C>::panels; ++panel) {
      for (int64_t i = 0; i < feature_panels_; ++i) {
        // In quarters: shorter sums round less.
        PanelTerm<float> terms[4];
        for (int64_t t = 0; t < 4; ++t) {
          const int64_t first = t * strip.pixels / 4, end = (t + 1) * strip.pixels / 4;
          terms[t] = {laid_out + (panel * strip.pixels + first) * panel_width,
                      packed + (i * strip.pixels + first) * panel_width, end - first};
        }
        multiply_panels_transposed(terms, 4, Taps<C>::columns(panel),
                                   sum + panel * panel_width * features_ + i * panel_width, features_,
                                   accumulate);
      }
    }
  }

  /** x [S, S, C] → [panels][pixels of the strip][32]: the taps of each output, then rubbish. */
  void lay_out_taps(const T* x, const Strip& strip, float* to) const {
    constexpr int64_t whole = (Taps<C>::in_row + copied - 1) / copied * copied;
    // A panel may end before the last taps that are copied do.
    constexpr bool fits = Taps<C>::column_of(Taps<C>::rows_in_panel - 1) + whole <= panel_width;
    float padded[most_padded<C>];
    std::fill_n(padded, (stride * strip.rows + shared_rows) * padded_width_, 0.0F);
    for (int64_t i = 0; i < stride * strip.rows + shared_rows; ++i) {
      const int64_t row = stride * strip.first + i - padding_before;
      if (row < 0 || row >= large_) continue;
      copy(x + row * large_ * C, large_ * C, padded + i * padded_width_ + padding_before * C);
    }
    for (int64_t i = 0; i < strip.rows; ++i) {
      for (int64_t j = 0; j < small_; ++j, to += panel_width) {
        // In this order, so that the rubbish after one row's taps is overwritten by the next row's.
        for (int64_t a = 0; a < kernel_rows; ++a) {
          std::memcpy(to + Taps<C>::panel_of(a) * strip.pixels * panel_width + Taps<C>::column_of(a),
                      padded + (stride * i + a) * padded_width_ + stride * j * C,
                      (fits ? whole : Taps<C>::in_row) * sizeof(float));
        }
      }
    }
  }

  /** The transpose: adds one panel of taps [pixels][32] to the strip's rows of images, with their padding. */
  void add_taps(const float* from, int64_t panel, const Strip& strip, float* padded) const {
    const int64_t first = panel * Taps<C>::rows_in_panel;
    for (int64_t i = 0; i < strip.rows; ++i) {
      for (int64_t a = first; a < std::min(first + Taps<C>::rows_in_panel, kernel_rows); ++a) {
        float* row = padded + (stride * i + a) * padded_width_;
        for (int64_t t = 0; t < Taps<C>::in_row; ++t) {
          for (int64_t j = 0; j < small_; ++j)
            row[stride * j * C + t] += from[(i * small_ + j) * panel_width + Taps<C>::column_of(a) + t];
        }
      }
    }
  }

  /** Rows that no later strip adds to become the image's; the others are the next strip's first. */
  void take_finished(float* padded, const Strip& strip, T* x) const {
    const int64_t rows = stride * strip.rows, shared = shared_rows * padded_width_;
    const bool last = strip.first + strip.rows == small_;
    for (int64_t i = 0; i < rows + (last ? padding_before : 0); ++i) {
      const int64_t row = stride * strip.first + i - padding_before;
      if (row >= 0) copy(padded + i * padded_width_ + padding_before * C, large_ * C, x + row * large_ * C);
    }
    std::copy_n(padded + rows * padded_width_, shared, padded);
    std::fill(padded + shared, padded + rows * padded_width_ + shared, 0.0F);
  }

  /** dy [pixels, features] → panels [pixels][32]. */
  void pack_features(const T* dy, const Strip& strip, float* to) const {
    for (int64_t p = 0; p < strip.pixels; ++p) {
      for (int64_t i = 0; i < feature_panels_; ++i) {
        copy(dy + p * features_ + i * panel_width, panel_width, to + (i * strip.pixels + p) * panel_width);
      }
    }
  }

  const int64_t large_, small_, features_, feature_panels_, strip_rows_, padded_width_;
  std::vector<float> weights_;
  /** Sums of blocks of images; as long as the largest batch asked for. */
  std::vector<float> partial_;
};

}  // namespace

bool is_image_convolution(const ConvolutionShape& shape) {
  return shape.stride == stride && shape.in <= most_channels && shape.size <= most_size &&
         shape.out % panel_width == 0 && shape.out <= most_features;
}

template <typename T>
std::unique_ptr<ConvolutionKernel<T>> image_convolution(const ConvolutionShape& shape) {
  switch (shape.in) {
    case 1:
      return std::make_unique<ImageConvolution<T, 1>>(shape);
    case 2:
      return std::make_unique<ImageConvolution<T, 2>>(shape);
    case 3:
      return std::make_unique<ImageConvolution<T, 3>>(shape);
    case 4:
      return std::make_unique<ImageConvolution<T, 4>>(shape);
    case 5:
      return std::make_unique<ImageConvolution<T, 5>>(shape);
    default:
      return std::make_unique<ImageConvolution<T, most_channels>>(shape);
  }
}

template std::unique_ptr<ConvolutionKernel<float>> image_convolution(const ConvolutionShape&);
template std::unique_ptr<ConvolutionKernel<BFloat16Bits>> image_convolution(const ConvolutionShape&);

}  // namespace dcgan
