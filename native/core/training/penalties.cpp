#include "penalties.h"

#include "../ops/element_type.h"

namespace dcgan {

Penalties::Penalties(const Options& options, const BatchShare& share, const at::TensorOptions& tensor)
    : options_(options), share_(share), r1_(at::empty({}, tensor)), r2_(at::empty({}, tensor)) {
  const int64_t batch = share.count;
  first_ = options.r1 > 0 ? 0 : options.r2 > 0 ? batch : 2 * batch;
  last_ = mixes() ? 3 * batch : options.r2 > 0 ? 2 * batch : options.r1 > 0 ? batch : first_;
}

void Penalties::set(double r1, double r2) const {
  r1_.fill_(r1);
  r2_.fill_(r2);
}

Penalties::Result Penalties::operator()(const at::Tensor& g) const {
  const int64_t batch = share_.count;
  const auto squares =
      at::linalg_vector_norm(g.view({g.size(0), -1}), 2, at::OptionalIntArrayRef{1}, false, sum_type(g))
          .square();
  Result result = {at::zeros_like(r1_), at::zeros_like(squares)};
  const auto of = [&](int64_t group, const at::Tensor& all) {
    return all.narrow(0, group * batch - first_, batch);
  };
  const auto add = [&](int64_t group, const at::Tensor& gamma) {
    result.value.add_(of(group, squares).mean() * gamma / 2);
    of(group, result.factors).copy_((gamma / share_.of).expand({batch}));
  };
  if (options_.r1 > 0) add(0, r1_);
  if (options_.r2 > 0) add(1, r2_);
  if (mixes()) {
    // Where g is zero so is c g, whatever c is.
    const auto norms = of(2, squares).sqrt().clamp_min(1e-12);
    result.value.add_((norms - 1).square().mean() * options_.gradient_penalty);
    of(2, result.factors).copy_((1 - 1 / norms) * (2 * options_.gradient_penalty / share_.of));
  }
  result.value.mul_(share_.fraction());
  return result;
}

}  // namespace dcgan
