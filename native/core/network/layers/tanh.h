#pragma once

#include "../layer.h"

namespace dcgan {

/** y = tanh(x), in place. */
class Tanh : public Layer {
 public:
  Tanh(const std::string& name, const Shape& shape) : Layer(name, shape, shape) {}

  at::Tensor forward(const at::Tensor& x, const Context&, Kept& kept) const override {
    kept.y = infer(x, {});
    return kept.y;
  }

  /** dx = dy (1 − y²), of the type of y. */
  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    return (dy * (1 - kept.y * kept.y)).to(kept.y.scalar_type());
  }

  at::Tensor infer(const at::Tensor& x, const at::Tensor&) const override { return x.tanh_(); }
};

}  // namespace dcgan
