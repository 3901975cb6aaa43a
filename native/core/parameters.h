#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

namespace dcgan {

/**
 * What a network is for: inference needs neither gradients nor moments, three
 * quarters of the memory.
 */
enum class Use { training, inference };

/**
 * The trainable tensors of one network as views of one flat float32 buffer, with gradients and both
 * Adam moments laid out alike: the optimiser is then one pass over four arrays, and a gradient is
 * written where it is needed.
 */
class Parameters {
 public:
  struct Entry {
    std::string name;
    std::vector<int64_t> shape;
    /** Undefined but for `value` where the use is inference. */
    at::Tensor value, gradient, m, v;
  };

  Parameters(const std::vector<std::pair<std::string, std::vector<int64_t>>>& shapes, at::Device device,
             Use use);

  const Entry& operator[](const std::string& name) const;
  const std::vector<Entry>& entries() const { return entries_; }

  at::Tensor values, gradients, m, v;

 private:
  std::vector<Entry> entries_;
};

}  // namespace dcgan
