#include "pass.h"

#include <algorithm>

#include "../ops/magnitude.h"

namespace dcgan {
namespace {

/** A layer's name as a profile writes it: "generator conv1". */
std::string label_of(const Layer& layer) {
  auto label = layer.name;
  std::replace(label.begin(), label.end(), '.', ' ');
  return label;
}

}  // namespace

Pass::Pass(const Network& network, const Context& context, Profile& profile)
    : network_(network), context_(context), profile_(profile), kept_(network.layers.size()) {}

at::Tensor Pass::forward(at::Tensor x) {
  for (size_t i = 0; i < kept_.size(); ++i) {
    const auto& layer = *network_.layers[i];
    x = profile_(label_of(layer),
                 [&] { return layer.forward(batch_of(x, layer.input), context_, kept_[i]); });
  }
  return batch_of(x, network_.output());
}

void Pass::backward(at::Tensor dy) {
  const auto& first = *network_.layers.front();
  dy = back_to_first(std::move(dy));
  profile_(label_of(first) + " backward", [&] { first.backward(dy, kept_[0]); });
}

at::Tensor Pass::backward(at::Tensor dy, Images wanted) {
  const auto& first = linear(0);
  dy = back_to_first(std::move(dy));
  profile_(label_of(first) + " weight gradient", [&] { first.gradients({}, dy, kept_[0]); });
  return profile_(label_of(first) + " input gradient", [&] {
    return first.input_gradient(dy.narrow(0, wanted.first, wanted.count), kept_[0], wanted.first);
  });
}

at::Tensor Pass::walk_back(Images wanted) {
  deltas_.resize(kept_.size());
  const auto& values = network_.parameters.values;
  auto delta = at::ones({kept_.back().x.size(0)}, values.options());
  for (size_t i = kept_.size(); i-- > 1;) {
    const auto& layer = linear(i);
    deltas_[i] = batch_of(delta, layer.output);
    delta = profile_(label_of(layer) + " input gradient",
                     [&] { return layer.input_gradient(deltas_[i], kept_[i], 0); });
  }
  const auto& first = linear(0);
  deltas_[0] = batch_of(delta, first.output);
  return profile_(label_of(first) + " input gradient", [&] {
    return first.input_gradient(deltas_[0].narrow(0, wanted.first, wanted.count), kept_[0], wanted.first);
  });
}

void Pass::gradients(ImageWeights weights) {
  for (size_t i = 0; i < kept_.size(); ++i) {
    const auto& layer = linear(i);
    auto& t = weights.tangent;
    if (t.defined()) t = batch_of(t, layer.input);
    profile_(label_of(layer) + " weight gradient", [&] { layer.gradients(weights, deltas_[i], kept_[i]); });
    if (!t.defined()) continue;
    t = profile_(label_of(layer) + " tangent", [&] { return layer.tangent(t, kept_[i], weights.first); });
  }
}

const LinearLayer& Pass::linear(size_t index) const {
  return dynamic_cast<const LinearLayer&>(*network_.layers[index]);
}

at::Tensor Pass::back_to_first(at::Tensor dy) {
  for (size_t i = kept_.size(); i-- > 1;) {
    const auto& layer = *network_.layers[i];
    dy = profile_(label_of(layer) + " backward",
                  [&] { return layer.backward(batch_of(dy, layer.output), kept_[i]); });
  }
  return batch_of(dy, network_.layers.front()->output);
}

void Pass::average_statistics(const ProcessGroup& group) {
  for (auto& kept : kept_) {
    auto& statistics = kept.statistics;
    if (!statistics.mean.defined()) continue;
    const auto both = at::stack({statistics.mean, statistics.variance}) / group.size();
    group.sum(both);
    statistics.mean = both[0];
    statistics.variance = both[1];
  }
}

void Pass::include_statistics(const at::Tensor& largest) const {
  for (const auto& kept : kept_) {
    if (!kept.statistics.mean.defined()) continue;
    for (const auto* moments : {&kept.statistics.mean, &kept.statistics.variance}) {
      include_magnitudes(*moments, largest);
    }
  }
}

void Pass::update_statistics(const at::Tensor& sound) const {
  for (size_t i = 0; i < kept_.size(); ++i) network_.layers[i]->update_statistics(kept_[i], sound);
}

}  // namespace dcgan
