#pragma once

#include <cstdint>
#include <memory>

#include "convolution_kernel.h"

namespace dcgan {

/** Whether `image_convolution` is for it: images of 1 to 6 channels, and features by 32. */
bool is_image_convolution(const ConvolutionShape& shape);

/**
 * The 5×5 convolution of stride 2 with padding `same` (1 before, 2 after) between images of T and
 * feature maps, channels-last: x [B, S, S, C], w [F, C, 5, 5] → y [B, S/2, S/2, F]. Read
 * backwards it is the transposed convolution that draws the images: its forward pass is
 * `input_gradient`, its input gradient `forward`. With the taps of each pixel laid side by side
 * all three are products:
 *     y = taps(x) wᵀ,   taps(dx) = dy w, overlapping taps added,   dwᵀ = taps(x)ᵀ dy
 * A few rows of one image at a time are laid out, multiplied and forgotten: their taps fit into the
 * second cache, and those of 28 × 28 grey pixels into the first.
 */
template <typename T>
std::unique_ptr<ConvolutionKernel<T>> image_convolution(const ConvolutionShape& shape);

}  // namespace dcgan
