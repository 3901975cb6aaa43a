#include "network.h"

#include <algorithm>
#include <cmath>

#include "../error.h"

namespace dcgan {
namespace {

/** Images that inference takes at once. */
constexpr int64_t inference_batch = 256;

at::Tensor wrap(const float* data, int64_t count, const Shape& shape) {
  return batch_of(
      at::from_blob(const_cast<float*>(data), {count * c10::multiply_integers(shape)}, at::kFloat), shape);
}

std::vector<LayerTensor*> all_parameters(const Layers& layers) {
  std::vector<LayerTensor*> all;
  for (const auto& layer : layers) {
    for (auto* tensor : layer->parameters()) all.push_back(tensor);
  }
  return all;
}

/** They need no flat buffer: each begins as what it is for a network that has seen nothing. */
std::vector<const LayerTensor*> make_statistics(const Layers& layers, const at::TensorOptions& options) {
  std::vector<const LayerTensor*> all;
  for (const auto& layer : layers) {
    for (auto* tensor : layer->statistics()) {
      tensor->value = at::full(tensor->shape, tensor->initial == Initial::ones ? 1.0 : 0.0, options);
      all.push_back(tensor);
    }
  }
  return all;
}

}  // namespace

Network::Network(Layers layers_, uint64_t number, const at::TensorOptions& options, Use use)
    : layers(std::move(layers_)),
      parameters(all_parameters(layers), options, use),
      statistics(make_statistics(layers, options)),
      number_(number) {}

at::Tensor Network::infer(at::Tensor x, const at::Tensor& labels) const {
  for (const auto& layer : layers) {
    Kept dropped;
    x = layer->infer(batch_of(x, layer->input), labels, dropped);
  }
  return batch_of(x, output());
}

void Network::infer(const float* x, const int64_t* labels, int64_t count, float* y) const {
  const auto device = parameters.values.device();
  const int64_t in = c10::multiply_integers(input()), out = c10::multiply_integers(output());
  for (int64_t i = 0; i < count; i += inference_batch) {
    const int64_t n = std::min(inference_batch, count - i);
    const auto piece = wrap(x + i * in, n, input()).to(device);
    const auto classes = labels == nullptr
                             ? at::Tensor()
                             : at::from_blob(const_cast<int64_t*>(labels + i), {n}, at::kLong).to(device);
    wrap(y + i * out, n, output()).copy_(infer(piece, classes));
  }
  if (std::all_of(y, y + count * out, [](float value) { return std::isfinite(value); })) return;
  throw Error(
      "ERR_DIVERGED",
      "What the network makes is not finite: its weights are too large, or not finite themselves. Take an "
      "earlier checkpoint, and train on with a smaller learningRate.");
}

std::vector<NamedTensor> Network::state() const {
  std::vector<NamedTensor> tensors;
  for (const auto* trained : parameters.tensors()) tensors.push_back({trained->name, trained->value});
  for (const auto* moved : statistics) tensors.push_back({moved->name, moved->value});
  return tensors;
}

}  // namespace dcgan
