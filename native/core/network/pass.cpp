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

Pass::Pass(const Network& network, const Masks& masks, Profile& profile)
    : network_(network), masks_(masks), profile_(profile), kept_(network.layers.size()) {}

at::Tensor Pass::forward(at::Tensor x) {
  for (size_t i = 0; i < kept_.size(); ++i) {
    const auto& layer = *network_.layers[i];
    x = profile_(label_of(layer), [&] { return layer.forward(batch_of(x, layer.input), masks_, kept_[i]); });
  }
  return batch_of(x, network_.output());
}

void Pass::backward(at::Tensor dy) {
  const auto& first = *network_.layers.front();
  dy = back_to_first(std::move(dy));
  profile_(label_of(first) + " backward", [&] { first.backward(dy, kept_[0]); });
}

at::Tensor Pass::backward(at::Tensor dy, Images wanted) {
  const auto& first = dynamic_cast<const SplitLayer&>(*network_.layers.front());
  dy = back_to_first(std::move(dy));
  profile_(label_of(first) + " weight gradient", [&] { first.weight_gradient(dy, kept_[0]); });
  return profile_(label_of(first) + " input gradient",
                  [&] { return first.input_gradient(dy.narrow(0, wanted.first, wanted.count)); });
}

at::Tensor Pass::back_to_first(at::Tensor dy) {
  for (size_t i = kept_.size(); i-- > 1;) {
    const auto& layer = *network_.layers[i];
    dy = profile_(label_of(layer) + " backward",
                  [&] { return layer.backward(batch_of(dy, layer.output), kept_[i]); });
  }
  return batch_of(dy, network_.layers.front()->output);
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
