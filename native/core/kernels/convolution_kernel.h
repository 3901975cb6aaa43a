#pragma once

#include <compare>
#include <cstdint>

#include "scalar_types.h"

namespace dcgan {

/**
 * Of a 5×5 convolution with padding `same` from maps [size, size, in] to [size / stride,
 * size / stride, out].
 */
struct ConvolutionShape {
  int64_t size, in, out, stride;
  auto operator<=>(const ConvolutionShape&) const = default;
};

/** What a convolution is to compute and from what, maps of T; the rest is null. */
template <typename T>
struct ConvolutionPass {
  int64_t batch;
  const T *x, *dy;
  const float* w;
  T *y, *dx;
  float* dw;
};

/**
 * A 5×5 convolution with Keras's padding `same` from maps x [B, S, S, Cin] to y [B, S/stride,
 * S/stride, Cout], channels-last, T = float32 or bfloat16, with weights w [Cout, Cin, 5, 5]
 * float32. A transposed convolution is the same thing read backwards: its forward pass is
 * `input_gradient`, its input gradient is `forward`. Results do not depend on the number of
 * threads, and no call needs what an earlier one left in the scratch memory.
 */
template <typename T>
class ConvolutionKernel {
 public:
  virtual ~ConvolutionKernel() = default;

  void forward(int64_t batch, const T* x, const float* w, T* y) {
    run({.batch = batch, .x = x, .dy = nullptr, .w = w, .y = y, .dx = nullptr, .dw = nullptr});
  }
  void input_gradient(int64_t batch, const T* dy, const float* w, T* dx) {
    run({.batch = batch, .x = nullptr, .dy = dy, .w = w, .y = nullptr, .dx = dx, .dw = nullptr});
  }
  void weight_gradient(int64_t batch, const T* x, const T* dy, float* dw) {
    run({.batch = batch, .x = x, .dy = dy, .w = nullptr, .y = nullptr, .dx = nullptr, .dw = dw});
  }
  /** The backward pass of a convolution: both gradients, x and dy transformed once. */
  void backward(int64_t batch, const T* x, const T* dy, const float* w, T* dx, float* dw) {
    run({.batch = batch, .x = x, .dy = dy, .w = w, .y = nullptr, .dx = dx, .dw = dw});
  }
  /**
   * The same of a transposed convolution: its input is `dy`, the gradient of its output is `x`,
   * that of its input `y`.
   */
  void transposed_backward(int64_t batch, const T* x, const T* dy, const float* w, T* y, float* dw) {
    run({.batch = batch, .x = x, .dy = dy, .w = w, .y = y, .dx = nullptr, .dw = dw});
  }

 protected:
  virtual void run(const ConvolutionPass<T>& pass) = 0;
};

}  // namespace dcgan
