#include "convolution.h"

namespace dcgan {
namespace {

constexpr int64_t kernel = 5;

/** NHWC storage as the NCHW view that libtorch wants: channels-last, without a copy. */
at::Tensor nchw(const at::Tensor& x) { return x.permute({0, 3, 1, 2}); }
at::Tensor nhwc(const at::Tensor& x) { return x.permute({0, 2, 3, 1}).contiguous(); }

/** Stride 2 pads unevenly, which libtorch's convolutions cannot: pad first, then convolve without padding. */
at::Tensor padded(const at::Tensor& x, int64_t stride) {
  return stride == 1 ? nchw(x) : nchw(at::constant_pad_nd(x, {0, 0, 1, 2, 1, 2}));
}

int64_t padding(int64_t stride) { return stride == 1 ? 2 : 0; }

}  // namespace

at::Tensor convolution(const at::Tensor& x, const at::Tensor& w, int64_t stride) {
  return nhwc(at::conv2d(padded(x, stride), w, {}, stride, padding(stride)));
}

at::Tensor convolution_input_gradient(const at::Tensor& dy, const at::Tensor& w, int64_t stride) {
  if (stride == 1) return nhwc(at::conv_transpose2d(nchw(dy), w, {}, 1, 2));
  const int64_t size = dy.size(1) * 2;
  const auto full = at::conv_transpose2d(nchw(dy), w, {}, 2, 1);
  return nhwc(full.narrow(2, 0, size).narrow(3, 0, size));
}

at::Tensor convolution_weight_gradient(const at::Tensor& x, const at::Tensor& dy, int64_t stride) {
  // Only the weights' shape matters here.
  const auto shape = at::empty({1}, x.options()).expand({dy.size(3), x.size(3), kernel, kernel});
  auto gradients = at::convolution_backward(nchw(dy), padded(x, stride), shape, c10::nullopt,
                                            {stride, stride}, {padding(stride), padding(stride)}, {1, 1},
                                            false, {0, 0}, 1, {false, true, false});
  return std::get<1>(gradients);
}

}  // namespace dcgan
