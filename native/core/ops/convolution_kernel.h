#pragma once

#include <cstdint>

namespace dcgan {

/** What a convolution is to compute and from what; the rest is null. */
struct ConvolutionPass {
  int64_t batch;
  const float *x, *dy, *w;
  float *y, *dx, *dw;
};

/**
 * A 5×5 convolution with Keras's padding `same` from maps x [B, S, S, Cin] to y [B, S/stride, S/stride,
 * Cout], weights w [Cout, Cin, 5, 5], float32 and channels-last. A transposed convolution is the same thing
 * read backwards: its forward pass is `input_gradient`, its input gradient is `forward`. Nothing is allocated
 * by a call, results do not depend on the number of threads, and no call needs what an earlier one left in
 * the scratch memory.
 */
class ConvolutionKernel {
 public:
  virtual ~ConvolutionKernel() = default;

  void forward(int64_t batch, const float* x, const float* w, float* y) {
    run({.batch = batch, .x = x, .dy = nullptr, .w = w, .y = y, .dx = nullptr, .dw = nullptr});
  }
  void input_gradient(int64_t batch, const float* dy, const float* w, float* dx) {
    run({.batch = batch, .x = nullptr, .dy = dy, .w = w, .y = nullptr, .dx = dx, .dw = nullptr});
  }
  void weight_gradient(int64_t batch, const float* x, const float* dy, float* dw) {
    run({.batch = batch, .x = x, .dy = dy, .w = nullptr, .y = nullptr, .dx = nullptr, .dw = dw});
  }
  /** The backward pass of a convolution: both gradients, x and dy transformed once. */
  void backward(int64_t batch, const float* x, const float* dy, const float* w, float* dx, float* dw) {
    run({.batch = batch, .x = x, .dy = dy, .w = w, .y = nullptr, .dx = dx, .dw = dw});
  }
  /** The same of a transposed convolution: its input is `dy`, the gradient of its output is `x`, that of its
   * input `y`. */
  void transposed_backward(int64_t batch, const float* x, const float* dy, const float* w, float* y,
                           float* dw) {
    run({.batch = batch, .x = x, .dy = dy, .w = w, .y = y, .dx = nullptr, .dw = dw});
  }

 protected:
  virtual void run(const ConvolutionPass& pass) = 0;
};

}  // namespace dcgan
