#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "layer.h"
#include "parameters.h"

namespace dcgan {

/** A tensor by name, as a checkpoint holds it. */
struct NamedTensor {
  std::string name;
  at::Tensor value;
};

using Layers = std::vector<std::unique_ptr<Layer>>;

/** A list of layers, each of which takes what the one before it makes, and the memory of their tensors. */
class Network {
 public:
  /** `number` tells the networks of a model apart, where their weights are drawn. */
  Network(Layers layers, uint64_t number, const at::TensorOptions& options, Use use);

  /** Gives what is trained its first values, a function of the seed alone. */
  void initialise(uint64_t seed) const { parameters.initialise(seed, number_); }

  /**
   * Inference: running statistics, no dropout. x [n, …input] float32 → [n, …output] float32; `labels` [n]
   * int64 where the layers know classes.
   */
  at::Tensor infer(at::Tensor x, const at::Tensor& labels) const;
  /**
   * The same from and to memory of the host, in pieces of bounded size; `labels` may be null. Throws
   * ERR_DIVERGED when what comes out is not finite.
   */
  void infer(const float* x, const int64_t* labels, int64_t count, float* y) const;

  /** What a user of the network needs: what is trained, then the statistics. */
  std::vector<NamedTensor> state() const;

  const Shape& input() const { return layers.front()->input; }
  const Shape& output() const { return layers.back()->output; }

  Layers layers;
  Parameters parameters;
  std::vector<const LayerTensor*> statistics;

 private:
  uint64_t number_;
};

}  // namespace dcgan
