#pragma once

#include "../../ops/convolution.h"
#include "../layer.h"

namespace dcgan {

/** A 5×5 convolution without bias: x [B, S, S, Cin] → y [B, S/stride, S/stride, Cout], w [Cout, Cin, 5, 5].
 */
class Convolution : public LinearLayer {
 public:
  Convolution(const std::string& name, const Shape& map, int64_t channels, int64_t stride, bool spectral)
      : LinearLayer(name, map, {map[0] / stride, map[1] / stride, channels}),
        stride_(stride),
        weight_({name + ".weight", {channels, map[2], kernel_size, kernel_size}, Initial::glorot}, spectral) {
  }

  std::vector<LayerTensor*> parameters() override { return {&weight_.tensor}; }
  std::vector<LayerTensor*> statistics() override { return weight_.statistics(); }

  at::Tensor forward(const at::Tensor& x, const Context&, Kept& kept) const override {
    kept.x = x;
    kept.weight = weight_.in_training();
    return convolution(x, kept.weight.value, stride_);
  }

  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    const auto dx = convolution_backward(kept.x, dy, kept.weight.value, stride_, weight_.tensor.gradient);
    weight_.finish_gradient(kept.weight);
    return dx;
  }

  at::Tensor input_gradient(const at::Tensor& dy, const Kept& kept, int64_t) const override {
    return convolution_input_gradient(dy, kept.weight.value, stride_);
  }

  at::Tensor tangent(const at::Tensor& t, const Kept& kept, int64_t) const override {
    return convolution(t, kept.weight.value, stride_);
  }

  void gradients(const ImageWeights& weights, const at::Tensor& delta, const Kept& kept) const override {
    convolution_weight_gradient(weighted(kept.x, weights), delta, stride_, weight_.tensor.gradient);
    weight_.finish_gradient(kept.weight);
  }

  at::Tensor infer(const at::Tensor& x, const at::Tensor&, Kept& kept) const override {
    kept.weight.value = weight_.in_inference();
    return convolution(x, kept.weight.value, stride_);
  }

  at::Tensor inference_gradient(const at::Tensor& dy, const Kept& kept) const override {
    return convolution_input_gradient(dy, kept.weight.value, stride_);
  }

  void update_statistics(const Kept& kept, const at::Tensor& sound) const override {
    weight_.update_statistics(kept.weight, sound);
  }

 private:
  const int64_t stride_;
  Weight weight_;
};

}  // namespace dcgan
