#include "recipe.h"

#include "layers/batch_norm_leaky_relu.h"
#include "layers/bias_leaky_relu_dropout.h"
#include "layers/convolution.h"
#include "layers/dense.h"
#include "layers/logit.h"
#include "layers/tanh.h"
#include "layers/transposed_convolution.h"

namespace dcgan {
namespace {

/** Adds a layer after those that are there; returns what shape it makes. */
template <typename T, typename... Arguments>
Shape add(Layers& layers, Arguments&&... arguments) {
  layers.push_back(std::make_unique<T>(std::forward<Arguments>(arguments)...));
  return layers.back()->output;
}

int64_t features_of(const Shape& map) { return c10::multiply_integers(map); }

}  // namespace

Recipe::Recipe(const Options& options)
    : channels(options.channels),
      features(options.features),
      latent_size(options.latent_size),
      classes(options.classes),
      spectral_norm(options.spectral_norm),
      dropout(options.dropout) {
  // At least the two levels of the article's networks, and as many more as lead to a base of at most 8.
  while (options.image_size >> levels > 8) ++levels;
  base_size = options.image_size >> levels;
}

Layers generator_layers(const Recipe& recipe) {
  const BatchNormConstants constants = {.epsilon = recipe.norm_epsilon, .slope = recipe.slope};
  Shape map = {recipe.base_size, recipe.base_size, recipe.features << recipe.levels};
  Layers layers;
  // The first normalisation has a scale for each feature of the map, the others one for each channel.
  Shape normed = add<Dense>(layers, "generator.dense", recipe.latent_size + recipe.classes, features_of(map));
  for (int64_t level = 0; level <= recipe.levels; ++level) {
    const auto number = std::to_string(level + 1);
    add<BatchNormLeakyRelu>(layers, "generator.norm" + number, normed, constants, recipe.norm_momentum);
    const int64_t channels = level == recipe.levels ? recipe.channels : map[2] / 2;
    map = add<TransposedConvolution>(layers, "generator.conv" + number, map, channels, level == 0 ? 1 : 2);
    normed = map;
  }
  add<Tanh>(layers, "tanh", map);
  return layers;
}

namespace {

/** Convolutions of stride 2 down to the smallest maps, of which the network has `others` dropouts behind. */
Shape add_convolutions(Layers& layers, const std::string& network, const Recipe& recipe, uint64_t others) {
  Shape map = recipe.image();
  for (int64_t level = 0; level < recipe.levels; ++level) {
    const auto number = std::to_string(level + 1), conv = network + ".conv" + number;
    map = add<Convolution>(layers, conv, map, recipe.features << level, 2, recipe.spectral_norm);
    const BiasLeakyReluDropout::Place place = {static_cast<uint64_t>(level),
                                               static_cast<uint64_t>(recipe.levels) + others};
    add<BiasLeakyReluDropout>(layers, network + ".dropout" + number, conv + ".bias", map, recipe.slope,
                              recipe.dropout, place);
  }
  return map;
}

}  // namespace

Layers discriminator_layers(const Recipe& recipe) {
  Layers layers;
  const Shape map = add_convolutions(layers, "discriminator", recipe, 0);
  const Logit::Classes classes = {"discriminator.classes", recipe.classes};
  add<Logit>(layers, "discriminator.dense", features_of(map), classes, recipe.spectral_norm);
  return layers;
}

Layers classifier_layers(const Recipe& recipe) {
  Layers layers;
  const Shape map = add_convolutions(layers, "classifier", recipe, 1);
  const Shape features =
      add<InnerDense>(layers, "classifier.features", features_of(map), classifier_features);
  const auto levels = static_cast<uint64_t>(recipe.levels);
  add<BiasLeakyReluDropout>(layers, "classifier.dropout", "classifier.features.bias", features, recipe.slope,
                            recipe.dropout, BiasLeakyReluDropout::Place{levels, levels + 1});
  add<InnerDense>(layers, "classifier.classes", classifier_features, recipe.classes);
  return layers;
}

Layers encoder_layers(const Recipe& recipe) {
  const BatchNormConstants constants = {.epsilon = recipe.norm_epsilon, .slope = recipe.slope};
  // It has far fewer steps than the other networks to find its statistics in.
  constexpr double momentum = 0.05;
  Layers layers;
  Shape map = recipe.image();
  for (int64_t level = 0; level < recipe.levels; ++level) {
    const auto number = std::to_string(level + 1);
    map = add<Convolution>(layers, "encoder.conv" + number, map, recipe.features << level, 2, false);
    add<BatchNormLeakyRelu>(layers, "encoder.norm" + number, map, constants, momentum);
  }
  const Shape hidden = add<InnerDense>(layers, "encoder.hidden", features_of(map), encoder_hidden);
  add<BatchNormLeakyRelu>(layers, "encoder.norm" + std::to_string(recipe.levels + 1), hidden, constants,
                          momentum);
  add<InnerDense>(layers, "encoder.latent", encoder_hidden, recipe.latent_size + recipe.classes);
  return layers;
}

// Their numbers are part of where weights are drawn from.
Network make_generator(const Recipe& recipe, const at::TensorOptions& options, Use use) {
  return {generator_layers(recipe), 0, options, use};
}

Network make_classifier(const Recipe& recipe, const at::TensorOptions& options, Use use) {
  return {classifier_layers(recipe), 2, options, use};
}

Network make_encoder(const Recipe& recipe, const at::TensorOptions& options, Use use) {
  return {encoder_layers(recipe), 3, options, use};
}

Network make_discriminator(const Recipe& recipe, const at::TensorOptions& options, Use use) {
  return {discriminator_layers(recipe), 1, options, use};
}

}  // namespace dcgan
