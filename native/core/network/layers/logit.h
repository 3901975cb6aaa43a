#pragma once

#include "../../ops/element_type.h"
#include "../layer.h"

namespace dcgan {

/**
 * A dense layer to one number, with bias: x [B, in] → x · w + b [B] float32, w [1, in], b [1]. With classes
 * an image's class adds x · e_label, e [classes, in] (Miyato and Koyama 2018, "cGANs with Projection
 * Discriminator").
 */
class Logit : public LinearLayer {
 public:
  /** What classes: how many, and the name of their layer. */
  struct Classes {
    std::string name;
    int64_t count;
  };

  Logit(const std::string& name, int64_t in, const Classes& classes, bool spectral)
      : LinearLayer(name, {in}, {}),
        weight_({name + ".weight", {1, in}, Initial::glorot}, spectral),
        bias_{name + ".bias", {1}, Initial::zeros},
        classes_(classes.count),
        embedding_({classes.name + ".weight", {classes.count, in}, Initial::glorot}, spectral) {}

  std::vector<LayerTensor*> parameters() override {
    if (classes_ == 0) return {&weight_.tensor, &bias_};
    return {&weight_.tensor, &bias_, &embedding_.tensor};
  }
  std::vector<LayerTensor*> statistics() override {
    auto all = weight_.statistics();
    if (classes_ > 0) {
      for (auto* tensor : embedding_.statistics()) all.push_back(tensor);
    }
    return all;
  }

  at::Tensor forward(const at::Tensor& x, const Context& context, Kept& kept) const override {
    kept.x = x;
    kept.labels = context.labels;
    kept.weight = weight_.in_training();
    if (classes_ > 0) kept.embedding = embedding_.in_training();
    // Widened, as in dense.cpp.
    const auto y = at::mm(widened(x), kept.weight.value.t()).view(-1) + bias_.value;
    return classes_ == 0 ? y : y + of_class(x, kept.embedding.value, kept.labels);
  }

  /** dy [B] → dx like x. */
  at::Tensor backward(const at::Tensor& dy, const Kept& kept) const override {
    weight_.tensor.gradient.copy_(at::mm(dy.view({1, -1}), widened(kept.x)));
    if (classes_ > 0) embedding_gradient(kept.x * dy.view({-1, 1}), kept.labels);
    bias_.gradient.copy_(dy.sum());
    finish(kept);
    return input_gradient(dy, kept, 0);
  }

  at::Tensor input_gradient(const at::Tensor& dy, const Kept& kept, int64_t first) const override {
    const auto column = dy.to(kept.x.scalar_type()).view({-1, 1});
    const auto row = kept.weight.value.to(kept.x.scalar_type());
    if (classes_ == 0) return column * row;
    const auto labels = kept.labels.narrow(0, first, dy.size(0));
    return column * (row + kept.embedding.value.to(kept.x.scalar_type()).index_select(0, labels));
  }

  /** No layer comes after it. */
  at::Tensor tangent(const at::Tensor&, const Kept&, int64_t) const override { return {}; }

  void gradients(const ImageWeights& weights, const at::Tensor& delta, const Kept& kept) const override {
    const auto x = weighted(kept.x, weights);
    weight_.tensor.gradient.copy_(at::mm(delta.view({1, -1}), widened(x)));
    if (classes_ > 0) embedding_gradient(x * delta.view({-1, 1}), kept.labels);
    bias_.gradient.copy_(weighted_sum(delta.view({-1, 1}), weights.factor));
    finish(kept);
  }

  at::Tensor infer(const at::Tensor& x, const at::Tensor& labels, Kept& kept) const override {
    kept.x = x;
    kept.labels = labels;
    kept.weight.value = weight_.in_inference();
    const auto y = at::mv(x, kept.weight.value[0]) + bias_.value;
    if (classes_ == 0) return y;
    kept.embedding.value = embedding_.in_inference();
    return y + of_class(x, kept.embedding.value, labels);
  }

  /** dy [B] → dx like x. */
  at::Tensor inference_gradient(const at::Tensor& dy, const Kept& kept) const override {
    return input_gradient(dy, kept, 0);
  }

  void update_statistics(const Kept& kept, const at::Tensor& sound) const override {
    weight_.update_statistics(kept.weight, sound);
    if (classes_ > 0) embedding_.update_statistics(kept.embedding, sound);
  }

 private:
  /** What its class adds to the logit of each image. */
  static at::Tensor of_class(const at::Tensor& x, const at::Tensor& embedding, const at::Tensor& labels) {
    const auto rows = embedding.to(x.scalar_type()).index_select(0, labels);
    return (x * rows).sum(1, false, sum_type(x));
  }

  /** Of x [B, in] that each image counts with, the sum over those of each class. */
  void embedding_gradient(const at::Tensor& x, const at::Tensor& labels) const {
    embedding_.tensor.gradient.zero_().index_add_(0, labels, x.to(embedding_.tensor.gradient.scalar_type()));
  }

  void finish(const Kept& kept) const {
    weight_.finish_gradient(kept.weight);
    if (classes_ > 0) embedding_.finish_gradient(kept.embedding);
  }

  Weight weight_;
  LayerTensor bias_;
  const int64_t classes_;
  Weight embedding_;
};

}  // namespace dcgan
