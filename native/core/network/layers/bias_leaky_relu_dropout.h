#pragma once

#include "../../ops/bias_leaky_relu_dropout.h"
#include "../layer.h"

namespace dcgan {

/** y = dropout(leaky(x + b)), in place; b [C], of the last dimension. */
class BiasLeakyReluDropout : public LinearLayer {
 public:
  /** Which of a network's dropout layers it is, from 0, and how many there are: each draws masks of its own.
   */
  struct Place {
    uint64_t index, count;
  };

  /** The bias is that of the convolution before, and is called so. */
  BiasLeakyReluDropout(const std::string& name, const std::string& bias, const Shape& shape, double slope,
                       double rate, Place place)
      : LinearLayer(name, shape, shape),
        slope_(slope),
        rate_(rate),
        place_(place),
        bias_{bias, {shape.back()}, Initial::zeros} {}

  std::vector<LayerTensor*> parameters() override { return {&bias_}; }

  at::Tensor forward(const at::Tensor& x, const Context& context, Kept& kept) const override {
    const Philox random = {context.seed, Purpose::dropout,
                           static_cast<uint64_t>(context.step) * place_.count + place_.index};
    const int64_t numbers = c10::multiply_integers(input);
    const auto& [first, count, of] = context.share;
    const MaskPlaces places = {count * numbers, of * numbers, first * numbers};
    bias_leaky_relu_dropout(rows_of(x), bias_.value, slope_, rate_, random, places, context.generator);
    kept.y = x;
    return x;
  }

  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    bias_leaky_relu_dropout_backward(rows_of(dy), rows_of(kept.y), slope_, rate_, bias_.gradient);
    return dy;
  }

  at::Tensor input_gradient(const at::Tensor& dy, const Kept& kept, int64_t first) const override {
    const auto y = kept.y.narrow(0, first, dy.size(0));
    leaky_relu_dropout_slopes(rows_of(dy), rows_of(y), slope_, rate_);
    return dy;
  }

  /** Slopes are all it is: the same both ways. */
  at::Tensor tangent(const at::Tensor& t, const Kept& kept, int64_t first) const override {
    return input_gradient(t, kept, first);
  }

  void gradients(const ImageWeights& weights, const at::Tensor& delta, const Kept&) const override {
    bias_.gradient.copy_(weighted_sum(delta, weights.factor));
  }

  at::Tensor infer(const at::Tensor& x, const at::Tensor&, Kept& kept) const override {
    kept.y = at::leaky_relu(x + bias_.value, slope_);
    return kept.y;
  }

  at::Tensor inference_gradient(const at::Tensor& dy, const Kept& kept) const override {
    leaky_relu_dropout_slopes(rows_of(dy), rows_of(kept.y), slope_, 0);
    return dy;
  }

 private:
  const double slope_;
  const double rate_;
  const Place place_;
  LayerTensor bias_;
};

}  // namespace dcgan
