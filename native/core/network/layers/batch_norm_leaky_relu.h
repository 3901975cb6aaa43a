#pragma once

#include "../../ops/batch_norm_leaky_relu.h"
#include "../layer.h"

namespace dcgan {

/**
 * Batch normalisation over all but the last dimension, then LeakyReLU:
 *   y = leaky(γ (x − μ) / √(σ² + ε) + β), running ← (1 − momentum) · running + momentum · (μ, σ²).
 */
class BatchNormLeakyRelu : public Layer {
 public:
  BatchNormLeakyRelu(const std::string& name, const Shape& shape, const BatchNormConstants& constants,
                     double momentum)
      : Layer(name, shape, shape),
        constants_(constants),
        momentum_(momentum),
        weight_{name + ".weight", {shape.back()}, Initial::ones},
        bias_{name + ".bias", {shape.back()}, Initial::zeros},
        running_mean_{name + ".running_mean", {shape.back()}, Initial::zeros},
        running_var_{name + ".running_var", {shape.back()}, Initial::ones} {}

  std::vector<LayerTensor*> parameters() override { return {&weight_, &bias_}; }
  std::vector<LayerTensor*> statistics() override { return {&running_mean_, &running_var_}; }

  at::Tensor forward(const at::Tensor& x, const Context& context, Kept& kept) const override {
    kept.x = rows_of(x);
    kept.statistics.group = context.group;
    return batch_norm_leaky_relu(kept.x, weight_.value, bias_.value, constants_, kept.statistics);
  }

  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    batch_norm_leaky_relu_backward(rows_of(dy), kept.x, weight_.value, bias_.value, constants_,
                                   kept.statistics, weight_.gradient, bias_.gradient);
    return dy;
  }

  at::Tensor infer(const at::Tensor& x, const at::Tensor&, Kept& kept) const override {
    kept.y = batch_norm_leaky_relu_inference(rows_of(x), weight_.value, bias_.value, running_mean_.value,
                                             running_var_.value, constants_);
    return kept.y;
  }

  at::Tensor inference_gradient(const at::Tensor& dy, const Kept& kept) const override {
    batch_norm_leaky_relu_inference_backward(rows_of(dy), kept.y, weight_.value, running_var_.value,
                                             constants_);
    return dy;
  }

  void update_statistics(const Kept& kept, const at::Tensor& sound) const override {
    move_running_statistics(kept.statistics, momentum_, running_mean_.value, running_var_.value, sound);
  }

 private:
  const BatchNormConstants constants_;
  const double momentum_;
  LayerTensor weight_, bias_, running_mean_, running_var_;
};

}  // namespace dcgan
