#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace dcgan {

/** The sizes of a tensor, or of one image's share of a batch: a map [7, 7, 256], features [12544], a logit
 * []. */
using Shape = std::vector<int64_t>;

/**
 * How a tensor begins. `glorot`: uniform in ±√(6 / (fan in + fan out)), the receptive field counted in both
 * (Glorot and Bengio 2010).
 */
enum class Initial { zeros, ones, glorot };

/**
 * What a network is for: inference needs neither gradients nor moments, three
 * quarters of the memory.
 */
enum class Use { training, inference };

/** A tensor that a layer declares and its network gives memory. */
struct LayerTensor {
  std::string name;
  Shape shape;
  Initial initial;
  at::Tensor value = {};
  /** Of what is trained, where the use is training: the gradient and Adam's moments. */
  at::Tensor gradient = {}, m = {}, v = {};
};

/**
 * The trainable tensors of one network as views of one flat buffer, with gradients and both
 * Adam moments laid out alike: the optimiser is then one pass over four arrays, and a gradient is
 * written where it is needed.
 */
class Parameters {
 public:
  /** Gives the tensors their memory, which begins as zeros. They must stay where they are. */
  Parameters(const std::vector<LayerTensor*>& tensors, const at::TensorOptions& options, Use use);

  /** First values as a function of (seed, network, place in the list). */
  void initialise(uint64_t seed, uint64_t network) const;

  const std::vector<const LayerTensor*>& tensors() const { return tensors_; }

  at::Tensor values, gradients, m, v;

 private:
  std::vector<const LayerTensor*> tensors_;
};

}  // namespace dcgan
