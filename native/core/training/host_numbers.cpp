#include "host_numbers.h"

#include "../kernels/random.h"

namespace dcgan {
namespace {

/** to ← what `fill` writes into float32 memory of the host. */
template <typename F>
void fill_on_host(const at::Tensor& to, const F& fill) {
  const bool here = to.is_cpu() && to.scalar_type() == at::kFloat;
  // From pinned memory the copy does not wait for the steps before; the allocator reuses it when it is over.
  const auto options = at::TensorOptions(at::kFloat).pinned_memory(!to.is_cpu());
  const auto drawn = here ? to : at::empty(to.sizes(), options);
  fill(drawn.mutable_data_ptr<float>(), drawn.numel());
  if (!here) to.copy_(drawn, /*non_blocking=*/true);
}

}  // namespace

void draw_normal(const Philox& random, const at::Tensor& to, int64_t first) {
  fill_on_host(to, [&](float* numbers, int64_t count) { fill_normal(random, numbers, count, first); });
}

void draw_uniform(const Philox& random, const at::Tensor& to, int64_t first) {
  fill_on_host(to, [&](float* numbers, int64_t count) {
    fill_uniform(random, 1, numbers, count, first);
    for (int64_t i = 0; i < count; ++i) numbers[i] = (numbers[i] + 1) / 2;
  });
}

}  // namespace dcgan
