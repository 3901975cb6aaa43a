#include "reference_step.h"

#include <c10/core/InferenceMode.h>

#include <cmath>
#include <vector>

#include "../../../native/core/kernels/philox.h"

namespace dcgan {
namespace {

at::Tensor nchw(const at::Tensor& x) { return x.permute({0, 3, 1, 2}); }
at::Tensor nhwc(const at::Tensor& x) { return x.permute({0, 2, 3, 1}); }

/** Keras's `same` at stride 2 pads 1 before and 2 after. */
at::Tensor convolve(const at::Tensor& x, const at::Tensor& w) {
  return nhwc(at::conv2d(nchw(at::constant_pad_nd(x, {0, 0, 1, 2, 1, 2})), w, {}, 2));
}

/** Its transpose crops what the padding added. */
at::Tensor convolve_transposed(const at::Tensor& x, const at::Tensor& w, int64_t stride) {
  const int64_t size = x.size(1) * stride, before = stride == 2 ? 1 : 2;
  const auto full = nhwc(at::conv_transpose2d(nchw(x), w, {}, stride));
  return full.narrow(1, before, size).narrow(2, before, size);
}

at::Tensor cross_entropy(const at::Tensor& logits, double target) {
  return at::binary_cross_entropy_with_logits(logits, at::full_like(logits, target));
}

/**
 * Half number `index` of a mask's sequence, as bias_leaky_relu_dropout.h promises it:
 * 128 from 16 counters.
 */
uint32_t draw(const Philox& random, int64_t index) {
  const auto counter = static_cast<uint64_t>(index / 128 * 16 + index % 16);
  const auto half = static_cast<size_t>(index % 128 / 16);
  return random(counter)[half / 2] >> (half % 2 * 16) & 0xFFFF;
}

}  // namespace

ReferenceStep::ReferenceStep(const Options& options, const Recipe& recipe, const Network& generator,
                             const Network& discriminator)
    : options_(options), recipe_(recipe) {
  const c10::InferenceMode off(false);
  for (const auto* network : {&generator, &discriminator}) {
    for (const auto* trained : network->parameters.tensors()) {
      const auto value = trained->value.to(at::kDouble);
      moments_[trained->name] = {at::zeros_like(value), at::zeros_like(value)};
      tensors[trained->name] = value.requires_grad_();
    }
    for (const auto* moved : network->statistics) tensors[moved->name] = moved->value.to(at::kDouble);
  }
}

ReferenceStep::Losses ReferenceStep::run(const at::Tensor& images, const at::Tensor& noise, int64_t step) {
  const c10::InferenceMode off(false);
  const auto fake = generate(noise.to(at::kDouble));
  const auto on_real = logits(images.to(at::kDouble), 0, step);
  const auto on_fake = logits(fake, options_.batch_size, step);
  const auto discriminator = cross_entropy(on_real, 1) + cross_entropy(on_fake, 0);
  const auto generator = cross_entropy(on_fake, 1);

  std::vector<at::Tensor> ours, theirs;
  for (const auto& [name, moments] : moments_) {
    (name.starts_with("generator") ? ours : theirs).push_back(tensors[name]);
  }
  for (auto& [name, moments] : moments_) tensors[name].mutable_grad() = at::Tensor();
  generator.backward({}, /*retain_graph=*/true, /*create_graph=*/false, ours);
  discriminator.backward({}, /*retain_graph=*/false, /*create_graph=*/false, theirs);
  for (auto& [name, moments] : moments_) update(name, step + 1);
  return {discriminator.item<double>(), generator.item<double>()};
}

at::Tensor ReferenceStep::generate(const at::Tensor& noise) {
  auto x = normalise("generator.norm1", noise.mm(tensors["generator.dense.weight"].t()));
  x = x.view({-1, recipe_.base_size, recipe_.base_size, recipe_.features << recipe_.levels});
  x = convolve_transposed(x, tensors["generator.conv1.weight"], 1);
  for (int64_t level = 1; level <= recipe_.levels; ++level) {
    const auto number = std::to_string(level + 1);
    x = normalise("generator.norm" + number, x);
    x = convolve_transposed(x, tensors["generator.conv" + number + ".weight"], 2);
  }
  return x.tanh();
}

/**
 * Batch normalisation over all but the last dimension, then LeakyReLU;
 * moves the running statistics.
 */
at::Tensor ReferenceStep::normalise(const std::string& name, const at::Tensor& x) {
  const auto rows = x.reshape({-1, x.size(-1)});
  const auto mean = rows.mean(0), variance = (rows - mean).square().mean(0);
  tensors[name + ".running_mean"] = 0.99 * tensors[name + ".running_mean"] + 0.01 * mean.detach();
  tensors[name + ".running_var"] = 0.99 * tensors[name + ".running_var"] + 0.01 * variance.detach();
  const auto scaled = (rows - mean) / (variance + 1e-3).sqrt() * tensors[name + ".weight"];
  return at::leaky_relu(scaled + tensors[name + ".bias"], 0.3).view(x.sizes());
}

/** `first_image` is the place of the images among the 2B that the step takes together. */
at::Tensor ReferenceStep::logits(const at::Tensor& images, int64_t first_image, int64_t step) {
  auto x = images;
  for (int64_t level = 0; level < recipe_.levels; ++level) {
    const auto name = "discriminator.conv" + std::to_string(level + 1);
    x = at::leaky_relu(convolve(x, tensors[name + ".weight"]) + tensors[name + ".bias"], 0.3);
    const auto first = first_image * x.numel() / x.size(0);
    x = x * mask(x, first, static_cast<uint64_t>(recipe_.levels * step + level)) / (1 - options_.dropout);
  }
  const auto features = x.reshape({x.size(0), -1});
  return features.mv(tensors["discriminator.dense.weight"][0]) + tensors["discriminator.dense.bias"];
}

at::Tensor ReferenceStep::mask(const at::Tensor& like, int64_t first, uint64_t layer_step) const {
  const Philox random = {options_.seed, Purpose::dropout, layer_step};
  const auto threshold = static_cast<uint32_t>(std::lround(options_.dropout * 65536));
  const auto kept = at::empty(like.sizes(), at::kDouble);
  auto* values = kept.mutable_data_ptr<double>();
  for (int64_t i = 0; i < kept.numel(); ++i) values[i] = draw(random, first + i) < threshold ? 0 : 1;
  return kept;
}

void ReferenceStep::update(const std::string& name, int64_t t) {
  const auto g = tensors[name].grad();
  auto& [m, v] = moments_[name];
  m = options_.beta1 * m + (1 - options_.beta1) * g;
  v = options_.beta2 * v + (1 - options_.beta2) * g.square();
  const double correction = std::sqrt(1 - std::pow(options_.beta2, t)) / (1 - std::pow(options_.beta1, t));
  const auto w = tensors[name].detach();
  tensors[name] =
      (w - options_.learning_rate * correction * m / (v.sqrt() + options_.epsilon)).requires_grad_();
}

}  // namespace dcgan
