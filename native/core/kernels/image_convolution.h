#pragma once

#include <cstdint>
#include <vector>

#include "convolution_kernel.h"

namespace dcgan {

/**
 * The 5×5 convolution of stride 2 with padding `same` (1 before, 2 after) between images and
 * feature maps, channels-last: x [B, 28, 28, 1], w [64, 1, 5, 5] → y [B, 14, 14, 64]. Read
 * backwards it is the transposed convolution that draws the images: its forward pass is
 * `input_gradient`, its input gradient `forward`. With the taps of each pixel laid side by side (25
 * columns in rows of 32) all three are products:
 *     y = taps(x) wᵀ,   taps(dx) = dy w, overlapping taps added,   dwᵀ = taps(x)ᵀ dy
 * The taps of one image fit into the first cache, so an image is laid
 * out, multiplied and forgotten.
 */
template <typename T>
class OneChannelConvolution final : public ConvolutionKernel<T> {
 public:
  static bool fits(const ConvolutionShape& shape);

  OneChannelConvolution();

 private:
  void run(const ConvolutionPass<T>& pass) override;
  void forward_pass(int64_t batch, const T* x, const float* w, T* y);
  void input_gradient_pass(int64_t batch, const T* dy, const float* w, T* dx);
  void weight_gradient_pass(int64_t batch, const T* x, const T* dy, float* dw);

  std::vector<float> weights_;
  /** Sums of blocks of images; as long as the largest batch asked for. */
  std::vector<float> partial_;
};

}  // namespace dcgan
