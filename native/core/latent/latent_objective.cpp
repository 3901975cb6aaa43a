#include "latent_objective.h"

#include <utility>

#include "../network/inference_pass.h"

namespace dcgan {
namespace {

constexpr double black = -1;

/** [n, …] → [n], the sum of each row. */
at::Tensor row_sums(const at::Tensor& x) { return x.flatten(1).sum(1); }

/** The layers whose output is what describes an image: all but the last. */
size_t depth_of_features(const Network& classifier) { return classifier.layers.size() - 1; }

/** Means over squares of pixels: [n, S, S, C] → [n, s, s, C]. */
at::Tensor pooled(const at::Tensor& images, int64_t s) {
  const int64_t n = images.size(0), size = images.size(1), channels = images.size(3);
  if (s == size) return images;
  return images.view({n, s, size / s, s, size / s, channels}).mean({2, 4});
}

/** Its gradient: [n, s, s, C] → [n, S, S, C]. */
at::Tensor unpooled(const at::Tensor& gradient, int64_t size) {
  const int64_t n = gradient.size(0), s = gradient.size(1), channels = gradient.size(3), each = size / s;
  if (s == size) return gradient;
  return (gradient / (each * each))
      .view({n, s, 1, s, 1, channels})
      .expand({n, s, each, s, each, channels})
      .reshape({n, size, size, channels});
}

}  // namespace

LatentObjective::LatentObjective(const SearchNetworks& networks, const ObjectiveWeights& counts,
                                 at::Tensor targets, const at::Tensor& weights, at::Tensor classes)
    : networks_(networks), counts_(counts), targets_(std::move(targets)), classes_(std::move(classes)) {
  if (classes_.size(1) > 0) labels_ = classes_.argmax(1);
  if (weights.defined()) known_ = (weights > 0).to(weights.scalar_type());
  const auto one = at::ones_like(targets_.narrow(3, 0, 1));
  const auto w = weights.defined() ? weights : one;
  weights_ = w / (row_sums(w) * targets_.size(3)).view({-1, 1, 1, 1});
  if (counts_.features == 0) return;
  const auto& classifier = *networks_.classifier;
  features_ = InferencePass(classifier, {}, depth_of_features(classifier)).forward(shown(targets_));
  feature_scale_ = counts_.features / row_sums(features_.square()).clamp_min(1e-6).view({-1, 1});
}

LatentObjective::Value LatentObjective::at(const at::Tensor& z, bool with_gradient) const {
  InferencePass drawing(networks_.generator);
  const auto images = drawing.forward(at::cat({z, classes_}, 1));
  const auto off = pooled(images, targets_.size(1)) - targets_;
  auto losses = row_sums((counts_.absolute ? off.abs() : off.square()) * weights_);
  at::Tensor of_images;
  if (with_gradient) {
    of_images = unpooled((counts_.absolute ? off.sign() : 2 * off) * weights_, images.size(1));
  }
  if (counts_.features > 0) {
    const auto& classifier = *networks_.classifier;
    InferencePass describing(classifier, {}, depth_of_features(classifier));
    const auto apart = describing.forward(shown(images)) - features_;
    losses = losses + row_sums(apart.square() * feature_scale_);
    if (with_gradient) {
      const auto back = describing.backward(2 * feature_scale_ * apart);
      of_images = of_images + (known_.defined() ? back * known_ : back);
    }
  }
  if (counts_.realism > 0) {
    InferencePass judging(*networks_.discriminator, labels_);
    const auto logits = judging.forward(images);
    losses = losses + counts_.realism * at::softplus(-logits);
    if (with_gradient) of_images = of_images + judging.backward(-counts_.realism * at::sigmoid(-logits));
  }
  const double prior = counts_.prior / static_cast<double>(z.size(1));
  losses = losses + prior * row_sums(z.square());
  if (!with_gradient) return {losses, images, {}};
  const auto of_latents = drawing.backward(of_images.contiguous()).narrow(1, 0, z.size(1));
  return {losses, images, of_latents + 2 * prior * z};
}

at::Tensor LatentObjective::shown(const at::Tensor& images) const {
  return known_.defined() ? images * known_ + black * (1 - known_) : images;
}

}  // namespace dcgan
