#pragma once

#include "../options.h"
#include "network.h"

namespace dcgan {

/** What both networks of a model follow from. The defaults are those of docs/recipe.md. */
struct Recipe {
  Recipe() = default;
  explicit Recipe(const Options& options);

  /** Rows, and columns, of the smallest maps. */
  int64_t base_size = 7;
  /** How often the maps double from there to the image. */
  int64_t levels = 2;
  /** Of an image. */
  int64_t channels = 1;
  /** Channels of the largest maps but the image. */
  int64_t features = 64;
  int64_t latent_size = 100;
  /** Of the labels; 0: the networks know none. */
  int64_t classes = 0;
  /** Whether the discriminator's weights are divided by their largest singular value. */
  bool spectral_norm = false;

  /** Of LeakyReLU below zero. */
  double slope = 0.3;
  double norm_epsilon = 1e-3;
  /** Keras's: running ← 0.99 · running + 0.01 · batch. */
  double norm_momentum = 0.01;
  double dropout = 0.3;

  int64_t image_size() const { return base_size << levels; }
  Shape image() const { return {image_size(), image_size(), channels}; }
  /** Numbers of an image. */
  int64_t image_numbers() const { return image_size() * image_size() * channels; }
};

/** The lists, without memory yet. */
Layers generator_layers(const Recipe& recipe);
Layers discriminator_layers(const Recipe& recipe);
/**
 * The discriminator's convolutions, then a dense layer of `classifier_features` and one of the classes, whose
 * logits come out. What goes into the last layer describes an image (docs/architecture.md, "Evaluation").
 */
Layers classifier_layers(const Recipe& recipe);

/** Numbers that describe an image. */
inline constexpr int64_t classifier_features = 128;

/**
 * From images back to what they are drawn from: convolutions as the discriminator's, each with a batch
 * normalisation, then dense layers of `encoder_hidden` and of z with the logits of the classes behind.
 */
Layers encoder_layers(const Recipe& recipe);
inline constexpr int64_t encoder_hidden = 512;

/** z [B, latent + classes], the class as one of the numbers behind z → images [B, S, S, C] in [-1, 1]. */
Network make_generator(const Recipe& recipe, const at::TensorOptions& options, Use use);

/** Images [B, S, S, C] → logits [B, classes]. */
Network make_classifier(const Recipe& recipe, const at::TensorOptions& options, Use use);

/** Images [B, S, S, C] → [B, latent + classes]. */
Network make_encoder(const Recipe& recipe, const at::TensorOptions& options, Use use);

/** Images [B, S, S, C] → logits [B]. */
Network make_discriminator(const Recipe& recipe, const at::TensorOptions& options, Use use = Use::training);

}  // namespace dcgan
