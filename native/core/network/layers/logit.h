#pragma once

#include "../layer.h"

namespace dcgan {

/** A dense layer to one number, with bias: x [B, in] → x · w + b [B] float32, w [1, in], b [1]. */
class Logit : public Layer {
 public:
  Logit(const std::string& name, int64_t in)
      : Layer(name, {in}, {}),
        weight_{name + ".weight", {1, in}, Initial::glorot},
        bias_{name + ".bias", {1}, Initial::zeros} {}

  std::vector<LayerTensor*> parameters() override { return {&weight_, &bias_}; }

  at::Tensor forward(const at::Tensor& x, const Masks&, Kept& kept) const override {
    kept.x = x;
    return at::mm(x, weight_in(x).t()).view(-1).to(at::kFloat) + bias_.value;
  }

  /** dy [B] float32 → dx like x. */
  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    const auto column = dy.to(kept.x.scalar_type()).view({-1, 1});
    weight_.gradient.copy_(at::mm(column.t(), kept.x));
    bias_.gradient.copy_(dy.sum());
    return at::mm(column, weight_in(kept.x));
  }

  at::Tensor infer(const at::Tensor& x) const override { return at::mv(x, weight_.value[0]) + bias_.value; }

 private:
  at::Tensor weight_in(const at::Tensor& x) const { return weight_.value.to(x.scalar_type()); }

  LayerTensor weight_, bias_;
};

}  // namespace dcgan
