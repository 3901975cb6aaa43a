#pragma once

#include "../../ops/convolution.h"
#include "../layer.h"

namespace dcgan {

/** A 5×5 convolution without bias: x [B, S, S, Cin] → y [B, S/stride, S/stride, Cout], w [Cout, Cin, 5, 5].
 */
class Convolution : public SplitLayer {
 public:
  Convolution(const std::string& name, const Shape& map, int64_t channels, int64_t stride)
      : SplitLayer(name, map, {map[0] / stride, map[1] / stride, channels}),
        stride_(stride),
        weight_{name + ".weight", {channels, map[2], kernel_size, kernel_size}, Initial::glorot} {}

  std::vector<LayerTensor*> parameters() override { return {&weight_}; }

  at::Tensor forward(const at::Tensor& x, const Masks&, Kept& kept) const override {
    kept.x = x;
    return infer(x);
  }

  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    return convolution_backward(kept.x, dy, weight_.value, stride_, weight_.gradient);
  }

  void weight_gradient(const at::Tensor& dy, const Kept& kept) const override {
    convolution_weight_gradient(kept.x, dy, stride_, weight_.gradient);
  }

  at::Tensor input_gradient(const at::Tensor& dy) const override {
    return convolution_input_gradient(dy, weight_.value, stride_);
  }

  at::Tensor infer(const at::Tensor& x) const override { return convolution(x, weight_.value, stride_); }

 private:
  const int64_t stride_;
  LayerTensor weight_;
};

}  // namespace dcgan
