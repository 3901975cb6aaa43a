#include "convolution.h"

#include <map>
#include <memory>

#include "../kernels/image_convolution.h"
#include "../kernels/winograd.h"
#include "element_type.h"
#include "implementation.h"

namespace dcgan {
namespace {

thread_local bool channels_last = true;

/**
 * NHWC storage as the NCHW view that libtorch wants: channels-last, without a copy, unless
 * a copy is wanted.
 */
at::Tensor nchw(const at::Tensor& x) {
  const auto view = x.permute({0, 3, 1, 2});
  return channels_last ? view : view.contiguous();
}
at::Tensor nhwc(const at::Tensor& x) { return x.permute({0, 2, 3, 1}).contiguous(); }

/**
 * Stride 2 pads unevenly, which libtorch's convolutions cannot: pad first,
 * then convolve without padding.
 */
at::Tensor padded(const at::Tensor& x, int64_t stride) {
  return stride == 1 ? nchw(x) : nchw(at::constant_pad_nd(x, {0, 0, 1, 2, 1, 2}));
}

int64_t padding(int64_t stride) { return stride == 1 ? 2 : 0; }

/**
 * The operators and their scratch memory belong to the calling thread: a trainer has
 * one of its own.
 */
template <typename T>
ConvolutionKernel<T>& own_kernel(const ConvolutionShape& shape) {
  thread_local Scratch scratch;
  thread_local std::map<ConvolutionShape, std::unique_ptr<ConvolutionKernel<T>>> made;
  auto& kernel = made[shape];
  if (!kernel) {
    if (is_image_convolution(shape)) {
      kernel = image_convolution<T>(shape);
    } else {
      kernel = shape.stride == 1 ? winograd_stride1<T>(shape, scratch) : winograd_stride2<T>(shape, scratch);
    }
  }
  return *kernel;
}

/**
 * Calls f with the operator of our own for maps of the element type of `any`. false: there is none.
 */
template <typename F>
bool with_own_kernel(const at::Tensor& any, const ConvolutionShape& shape, F f) {
  if (!own_kernels(any) || implementation().direct_convolutions) return false;
  if (!is_image_convolution(shape) && !winograd_fits(shape)) return false;
  with_element_type(any, [&]<typename T>(T*) { f(own_kernel<T>(shape)); });
  return true;
}

const float* in(const at::Tensor& w) { return w.const_data_ptr<float>(); }
float* out(const at::Tensor& dw) { return dw.mutable_data_ptr<float>(); }

at::Tensor empty_map(const at::Tensor& like, int64_t batch, int64_t size, int64_t channels) {
  return at::empty({batch, size, size, channels}, like.options());
}

}  // namespace

at::Tensor convolution(const at::Tensor& x, const at::Tensor& w, int64_t stride) {
  at::Tensor y;
  const auto own = [&]<typename T>(ConvolutionKernel<T>& kernel) {
    y = empty_map(x, x.size(0), x.size(1) / stride, w.size(0));
    kernel.forward(x.size(0), data_of<T>(x), in(w), data_of<T>(y));
  };
  if (with_own_kernel(x, {x.size(1), x.size(3), w.size(0), stride}, own)) return y;
  return nhwc(at::conv2d(padded(x, stride), w.to(x.scalar_type()), {}, stride, padding(stride)));
}

at::Tensor convolution_input_gradient(const at::Tensor& dy, const at::Tensor& w, int64_t stride) {
  const int64_t size = dy.size(1) * stride;
  at::Tensor dx;
  const auto own = [&]<typename T>(ConvolutionKernel<T>& kernel) {
    dx = empty_map(dy, dy.size(0), size, w.size(1));
    kernel.input_gradient(dy.size(0), data_of<T>(dy), in(w), data_of<T>(dx));
  };
  if (with_own_kernel(dy, {size, w.size(1), w.size(0), stride}, own)) return dx;
  const auto weights = w.to(dy.scalar_type());
  if (stride == 1) return nhwc(at::conv_transpose2d(nchw(dy), weights, {}, 1, 2));
  const auto full = at::conv_transpose2d(nchw(dy), weights, {}, 2, 1);
  return nhwc(full.narrow(2, 0, size).narrow(3, 0, size));
}

void convolution_weight_gradient(const at::Tensor& x, const at::Tensor& dy, int64_t stride,
                                 const at::Tensor& dw) {
  const auto own = [&]<typename T>(ConvolutionKernel<T>& kernel) {
    kernel.weight_gradient(x.size(0), data_of<T>(x), data_of<T>(dy), out(dw));
  };
  if (with_own_kernel(x, {x.size(1), x.size(3), dy.size(3), stride}, own)) return;
  // Only the weights' shape matters here.
  const auto shape = at::empty({1}, x.options()).expand({dy.size(3), x.size(3), kernel_size, kernel_size});
  auto gradients = at::convolution_backward(nchw(dy), padded(x, stride), shape, c10::nullopt,
                                            {stride, stride}, {padding(stride), padding(stride)}, {1, 1},
                                            false, {0, 0}, 1, {false, true, false});
  dw.copy_(std::get<1>(gradients));
}

at::Tensor convolution_backward(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& w,
                                int64_t stride, const at::Tensor& dw) {
  at::Tensor dx;
  const auto own = [&]<typename T>(ConvolutionKernel<T>& kernel) {
    dx = at::empty_like(x);
    kernel.backward(x.size(0), data_of<T>(x), data_of<T>(dy), in(w), data_of<T>(dx), out(dw));
  };
  if (with_own_kernel(x, {x.size(1), x.size(3), dy.size(3), stride}, own)) return dx;
  convolution_weight_gradient(x, dy, stride, dw);
  return convolution_input_gradient(dy, w, stride);
}

at::Tensor transposed_convolution_backward(const at::Tensor& input, const at::Tensor& output_gradient,
                                           const at::Tensor& w, int64_t stride, const at::Tensor& dw) {
  const auto& large = output_gradient;
  at::Tensor gradient;
  const auto own = [&]<typename T>(ConvolutionKernel<T>& kernel) {
    gradient = at::empty_like(input);
    kernel.transposed_backward(input.size(0), data_of<T>(large), data_of<T>(input), in(w),
                               data_of<T>(gradient), out(dw));
  };
  if (with_own_kernel(large, {large.size(1), large.size(3), input.size(3), stride}, own)) return gradient;
  convolution_weight_gradient(large, input, stride, dw);
  return convolution(large, w, stride);
}

void use_channels_last(bool wanted) { channels_last = wanted; }

}  // namespace dcgan
