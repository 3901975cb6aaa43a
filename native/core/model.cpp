#include "model.h"

#include <cmath>

#include "kernels/random.h"
#include "ops/convolution.h"
#include "ops/dense.h"

namespace dcgan {
namespace {

using Shapes = std::vector<std::pair<std::string, std::vector<int64_t>>>;

constexpr std::array<int64_t, 3> norm_channels = {base_features, 128, 64};

Shapes generator_shapes(int64_t latent_size) {
  Shapes shapes = {{"generator.dense.weight", {base_features, latent_size}}};
  const std::array<std::vector<int64_t>, 3> conv = {
      {{base_channels, 128, 5, 5}, {128, 64, 5, 5}, {64, 1, 5, 5}}};
  for (size_t i = 0; i < 3; ++i) {
    const auto norm = numbered("generator.norm", i);
    shapes.push_back({norm + ".weight", {norm_channels[i]}});
    shapes.push_back({norm + ".bias", {norm_channels[i]}});
    shapes.push_back({numbered("generator.conv", i) + ".weight", conv[i]});
  }
  return shapes;
}

Shapes discriminator_shapes() {
  return {{"discriminator.conv1.weight", {64, 1, 5, 5}},       {"discriminator.conv1.bias", {64}},
          {"discriminator.conv2.weight", {128, 64, 5, 5}},     {"discriminator.conv2.bias", {128}},
          {"discriminator.dense.weight", {1, logit_features}}, {"discriminator.dense.bias", {1}}};
}

/** Glorot and Bengio (2010): ±√(6 / (fan_in + fan_out)), the receptive field counted in both. */
void initialise_weights(const Parameters& parameters, uint64_t seed, uint64_t network) {
  uint64_t number = network << 16;
  for (const auto& entry : parameters.entries()) {
    ++number;
    if (entry.shape.size() == 1) {
      const bool scale = entry.name.ends_with(".weight");
      entry.value.fill_(scale ? 1 : 0);
      continue;
    }
    const int64_t field = entry.shape.size() == 4 ? entry.shape[2] * entry.shape[3] : 1;
    const double limit = std::sqrt(6.0 / static_cast<double>((entry.shape[0] + entry.shape[1]) * field));
    const auto weights = at::empty(entry.shape, at::kFloat);
    fill_uniform({seed, Purpose::weights, number}, static_cast<float>(limit),
                 weights.mutable_data_ptr<float>(), weights.numel());
    entry.value.copy_(weights);
  }
}

}  // namespace

Generator::Generator(const Options& options, at::Device device, Use use)
    : parameters(generator_shapes(options.latent_size), device, use) {
  const auto& weight = parameters["generator.dense.weight"];
  dense = weight.value, dense_gradient = weight.gradient;
  for (size_t i = 0; i < 3; ++i) {
    const auto name = numbered("generator.norm", i);
    const auto &scale = parameters[name + ".weight"], &shift = parameters[name + ".bias"];
    norm[i] = {scale.value,
               shift.value,
               scale.gradient,
               shift.gradient,
               at::zeros({norm_channels[i]}, dense.options()),
               at::ones({norm_channels[i]}, dense.options())};
    const auto& kernel = parameters[numbered("generator.conv", i) + ".weight"];
    conv[i] = kernel.value, conv_gradient[i] = kernel.gradient;
  }
}

void Generator::initialise(uint64_t seed) {
  initialise_weights(parameters, seed, 0);
  for (auto& n : norm) {
    n.running_mean.zero_();
    n.running_var.fill_(1);
  }
}

at::Tensor Generator::generate(const at::Tensor& z) const {
  auto x = dcgan::dense(z.contiguous(), dense);
  for (size_t i = 0; i < 3; ++i) {
    const auto rows = x.reshape({-1, norm_channels[i]});
    const auto y = batch_norm_leaky_relu_inference(rows, norm[i].weight, norm[i].bias, norm[i].running_mean,
                                                   norm[i].running_var, norm_constants);
    const int64_t size = i < 2 ? base_size : 2 * base_size;
    x = convolution_input_gradient(y.view({z.size(0), size, size, -1}), conv[i], generator_strides[i]);
  }
  return x.tanh();
}

Discriminator::Discriminator(at::Device device) : parameters(discriminator_shapes(), device, Use::training) {
  for (size_t i = 0; i < 2; ++i) {
    const auto name = numbered("discriminator.conv", i);
    const auto &kernel = parameters[name + ".weight"], &shift = parameters[name + ".bias"];
    conv[i] = kernel.value, conv_gradient[i] = kernel.gradient;
    bias[i] = shift.value, bias_gradient[i] = shift.gradient;
  }
  const auto &weight = parameters["discriminator.dense.weight"],
             &shift = parameters["discriminator.dense.bias"];
  dense = weight.value, dense_gradient = weight.gradient;
  dense_bias = shift.value, dense_bias_gradient = shift.gradient;
}

void Discriminator::initialise(uint64_t seed) { initialise_weights(parameters, seed, 1); }

at::Tensor Discriminator::discriminate(const at::Tensor& images) const {
  auto x = images;
  for (size_t i = 0; i < 2; ++i) x = at::leaky_relu(convolution(x, conv[i], 2) + bias[i], leaky_slope);
  return at::mv(x.view({images.size(0), -1}), dense[0]) + dense_bias;
}

}  // namespace dcgan
