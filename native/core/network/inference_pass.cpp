#include "inference_pass.h"

#include <algorithm>

namespace dcgan {

InferencePass::InferencePass(const Network& network, at::Tensor labels, size_t depth)
    : network_(network), labels_(std::move(labels)), kept_(std::min(depth, network.layers.size())) {}

at::Tensor InferencePass::forward(at::Tensor x) {
  for (size_t i = 0; i < kept_.size(); ++i) {
    const auto& layer = *network_.layers[i];
    x = layer.infer(batch_of(x, layer.input), labels_, kept_[i]);
  }
  return batch_of(x, network_.layers[kept_.size() - 1]->output);
}

at::Tensor InferencePass::backward(at::Tensor dy) {
  for (size_t i = kept_.size(); i-- > 0;) {
    const auto& layer = *network_.layers[i];
    dy = layer.inference_gradient(batch_of(dy, layer.output), kept_[i]);
    kept_[i] = {};
  }
  return batch_of(dy, network_.input());
}

}  // namespace dcgan
