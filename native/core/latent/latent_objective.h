#pragma once

#include <ATen/ATen.h>

#include "../network/network.h"

namespace dcgan {

/** Networks that take part in a search; they must outlive it. */
struct SearchNetworks {
  const Network& generator;
  /** Null where its term has no weight. */
  const Network* discriminator;
  const Network* classifier;
};

/** What the terms of an objective count. */
struct ObjectiveWeights {
  /** Whether differences of pixels count by their magnitude, rather than by their square. */
  bool absolute = false;
  double features = 0, realism = 0, prior = 0;
};

/**
 * How well images x = G(z) of latents fit what is known of pictures, for each row alone:
 *
 *   Σ w ρ(Ax − t) / Σ w  +  λf ‖F(x̃) − F(t̃)‖² / ‖F(t̃)‖²  +  λr softplus(−D(x))  +  λp ‖z‖² / latent
 *
 * with t the targets, A the mean over squares of pixels, w their weights, ρ the square or the magnitude, D
 * the discriminator, F the classifier's features, and x̃ an image whose unknown pixels (w = 0) are black, as
 * they are in t̃ (Yeh, Chen, Lim, Schwing, Hasegawa-Johnson and Do 2017, "Semantic Image Inpainting with Deep
 * Generative Models"; Bora, Jalal, Price and Dimakis 2017, "Compressed Sensing using Generative Models").
 */
class LatentObjective {
 public:
  /**
   * targets [n, s, s, C]; weights [n, s, s, 1], or undefined: all alike; classes [n, classes], what each
   * class counts. S / s pixels are averaged; where that is more than one there can be no features.
   */
  LatentObjective(const SearchNetworks& networks, const ObjectiveWeights& counts, at::Tensor targets,
                  const at::Tensor& weights, at::Tensor classes);

  /** Of z [n, latent]. */
  struct Value {
    /** [n], [n, S, S, C] */
    at::Tensor losses, images;
    /** [n, latent], where it was wanted. */
    at::Tensor gradient;
  };
  Value at(const at::Tensor& z, bool with_gradient) const;

 private:
  /** What is seen of images: with unknown pixels black. */
  at::Tensor shown(const at::Tensor& images) const;

  const SearchNetworks networks_;
  const ObjectiveWeights counts_;
  const at::Tensor targets_, classes_;
  /** The class of most weight [n], for the discriminator. */
  at::Tensor labels_;
  /** w / Σ w, and 1 where a pixel is known and 0 elsewhere, undefined where all are; [n, s, s, 1] */
  at::Tensor weights_, known_;
  /** F(t̃) [n, dims], λf / ‖F(t̃)‖² [n, 1] */
  at::Tensor features_, feature_scale_;
};

}  // namespace dcgan
