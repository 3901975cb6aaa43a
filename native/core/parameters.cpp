#include "parameters.h"

#include "error.h"

namespace dcgan {
namespace {

/** Every tensor begins on a cache line. */
constexpr int64_t alignment = 64 / sizeof(float);

}  // namespace

Parameters::Parameters(const std::vector<std::pair<std::string, std::vector<int64_t>>>& shapes,
                       at::Device device, Use use) {
  const auto padded = [](const std::vector<int64_t>& shape) {
    return (c10::multiply_integers(shape) + alignment - 1) / alignment * alignment;
  };
  int64_t total = 0;
  for (const auto& [name, shape] : shapes) total += padded(shape);
  const auto options = at::TensorOptions(device).dtype(at::kFloat);
  values = at::zeros({total}, options);
  if (use == Use::training) {
    gradients = at::zeros({total}, options);
    m = at::zeros({total}, options);
    v = at::zeros({total}, options);
  }
  int64_t offset = 0;
  for (const auto& [name, shape] : shapes) {
    const auto view = [&, count = c10::multiply_integers(shape)](const at::Tensor& flat) {
      return flat.defined() ? flat.narrow(0, offset, count).view(shape) : flat;
    };
    entries_.push_back({name, shape, view(values), view(gradients), view(m), view(v)});
    offset += padded(shape);
  }
}

const Parameters::Entry& Parameters::operator[](const std::string& name) const {
  for (const auto& entry : entries_) {
    if (entry.name == name) return entry;
  }
  throw Error("ERR_NATIVE", "No parameter is named " + name + ".");
}

}  // namespace dcgan
