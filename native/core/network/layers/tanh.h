#pragma once

#include "../layer.h"

namespace dcgan {

/** y = tanh(x), in place. */
class Tanh : public Layer {
 public:
  Tanh(const std::string& name, const Shape& shape) : Layer(name, shape, shape) {}

  at::Tensor forward(const at::Tensor& x, const Context&, Kept& kept) const override {
    return infer(x, {}, kept);
  }

  /** dx = dy (1 − y²), of the type of y. */
  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    return (dy * (1 - kept.y * kept.y)).to(kept.y.scalar_type());
  }

  at::Tensor infer(const at::Tensor& x, const at::Tensor&, Kept& kept) const override {
    kept.y = x.tanh_();
    return kept.y;
  }

  at::Tensor inference_gradient(const at::Tensor& dy, const Kept& kept) const override {
    return backward(dy, kept);
  }
};

}  // namespace dcgan
