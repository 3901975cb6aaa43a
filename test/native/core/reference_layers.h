#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/** The convolutions of the recipe as libtorch's operators compose them, which autograd knows. */

inline at::Tensor nchw(const at::Tensor& x) { return x.permute({0, 3, 1, 2}); }
inline at::Tensor nhwc(const at::Tensor& x) { return x.permute({0, 2, 3, 1}); }

/** Keras's `same` at stride 2 pads 1 before and 2 after. */
inline at::Tensor convolve(const at::Tensor& x, const at::Tensor& w) {
  return nhwc(at::conv2d(nchw(at::constant_pad_nd(x, {0, 0, 1, 2, 1, 2})), w, {}, 2));
}

/** Its transpose crops what the padding added. */
inline at::Tensor convolve_transposed(const at::Tensor& x, const at::Tensor& w, int64_t stride) {
  const int64_t size = x.size(1) * stride, before = stride == 2 ? 1 : 2;
  const auto full = nhwc(at::conv_transpose2d(nchw(x), w, {}, stride));
  return full.narrow(1, before, size).narrow(2, before, size);
}

}  // namespace dcgan
