#pragma once

#include "../../ops/dense.h"
#include "../layer.h"

namespace dcgan {

/** y = x wᵀ, x [B, in], w [out, in]. A generator begins with it: in training its latent vectors
 * have no use for a gradient. */
class Dense : public Layer {
 public:
  Dense(const std::string& name, int64_t in, int64_t out)
      : Layer(name, {in}, {out}), weight_{name + ".weight", {out, in}, Initial::glorot} {}

  std::vector<LayerTensor*> parameters() override { return {&weight_}; }

  at::Tensor forward(const at::Tensor& x, const Context&, Kept& kept) const override {
    kept.x = x;
    return dense(x, weight_.value);
  }

  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    dense_weight_gradient(kept.x, dy, weight_.gradient);
    return {};
  }

  at::Tensor infer(const at::Tensor& x, const at::Tensor&, Kept&) const override {
    return dense(x, weight_.value);
  }

  at::Tensor inference_gradient(const at::Tensor& dy, const Kept&) const override {
    return dense_input_gradient(dy, weight_.value);
  }

 protected:
  LayerTensor weight_;
};

/** The same behind other layers, which take the gradient of what it read. */
class InnerDense : public Dense {
 public:
  using Dense::Dense;

  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    Dense::backward(dy, kept);
    return dense_input_gradient(dy, weight_.value);
  }
};

}  // namespace dcgan
