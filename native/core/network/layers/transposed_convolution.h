#pragma once

#include "../../ops/convolution.h"
#include "../layer.h"

namespace dcgan {

/** The transpose of a 5×5 convolution: x [B, S, S, Cin] → y [B, stride·S, stride·S, Cout], w [Cin, Cout, 5,
 * 5]. */
class TransposedConvolution : public Layer {
 public:
  TransposedConvolution(const std::string& name, const Shape& map, int64_t channels, int64_t stride)
      : Layer(name, map, {map[0] * stride, map[1] * stride, channels}),
        stride_(stride),
        weight_{name + ".weight", {map[2], channels, kernel_size, kernel_size}, Initial::glorot} {}

  std::vector<LayerTensor*> parameters() override { return {&weight_}; }

  at::Tensor forward(const at::Tensor& x, const Context&, Kept& kept) const override {
    kept.x = x;
    return infer(x, {}, kept);
  }

  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    return transposed_convolution_backward(kept.x, dy, weight_.value, stride_, weight_.gradient);
  }

  at::Tensor infer(const at::Tensor& x, const at::Tensor&, Kept&) const override {
    return convolution_input_gradient(x, weight_.value, stride_);
  }

  at::Tensor inference_gradient(const at::Tensor& dy, const Kept&) const override {
    return convolution(dy, weight_.value, stride_);
  }

 private:
  const int64_t stride_;
  LayerTensor weight_;
};

}  // namespace dcgan
