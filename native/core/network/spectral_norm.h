#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "../ops/masked_write.h"
#include "parameters.h"

namespace dcgan {

/** A weight as a step computes with it, and what its gradient needs. */
struct Normalised {
  at::Tensor value = {};
  /** Where it is divided by σ: singular vectors of unit length [rows] and [columns], and σ []. */
  at::Tensor u = {}, v = {}, sigma = {};
};

/**
 * The weight of a layer that may be divided by its largest singular value (Miyato, Kataoka, Koyama and
 * Yoshida 2018, "Spectral Normalization for Generative Adversarial Networks"): with W its matrix
 * [out, all else],
 *   v = Wᵀu / ‖Wᵀu‖, u' = Wv / ‖Wv‖, σ = ‖Wv‖, Ŵ = W / σ,
 * one step of the power iteration in each step of the training; u is a statistic of the layer.
 */
class Weight {
 public:
  Weight(LayerTensor tensor, bool spectral)
      : tensor(std::move(tensor)),
        spectral_(spectral),
        u_{this->tensor.name + "_u", {this->tensor.shape[0]}, Initial::ones} {}

  /** For Layer::statistics. */
  std::vector<LayerTensor*> statistics() {
    return spectral_ ? std::vector{&u_} : std::vector<LayerTensor*>{};
  }

  /** What a step computes with. */
  Normalised in_training() const {
    if (!spectral_) return {tensor.value};
    auto result = normalised();
    result.u = unit(at::mv(matrix(), result.v));
    return result;
  }

  /** Makes the gradient of Ŵ, which is there, that of W: (G − ⟨G, Ŵ⟩ u' vᵀ) / σ. */
  void finish_gradient(const Normalised& used) const {
    if (!spectral_) return;
    const auto along = at::dot(tensor.gradient.flatten(), used.value.flatten());
    tensor.gradient.view({tensor.shape[0], -1}).sub_(at::outer(used.u * along, used.v)).div_(used.sigma);
  }

  /** What inference computes with. */
  at::Tensor in_inference() const { return spectral_ ? normalised().value : tensor.value; }

  void update_statistics(const Normalised& used, const at::Tensor& sound) const {
    if (spectral_) write_where(sound, u_.value, used.u);
  }

  LayerTensor tensor;

 private:
  at::Tensor matrix() const { return tensor.value.view({tensor.shape[0], -1}); }
  static at::Tensor unit(const at::Tensor& vector) { return vector / vector.norm().clamp_min(1e-12); }

  /** All but u'. */
  Normalised normalised() const {
    const auto v = unit(at::mv(matrix().t(), u_.value));
    const auto sigma = at::mv(matrix(), v).norm().clamp_min(1e-12);
    return {tensor.value / sigma, {}, v, sigma};
  }

  const bool spectral_;
  LayerTensor u_;
};

}  // namespace dcgan
