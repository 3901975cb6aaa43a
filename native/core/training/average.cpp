#include "average.h"

#include "../ops/implementation.h"
#include "../ops/masked_write.h"

namespace dcgan {
namespace {

/** Calls f(of the network, of the average) with each piece of memory. */
template <typename F>
void for_both(const Network& network, const Network& average, const F& f) {
  f(network.parameters.values, average.parameters.values);
  for (size_t i = 0; i < network.statistics.size(); ++i) {
    f(network.statistics[i]->value, average.statistics[i]->value);
  }
}

}  // namespace

void move_average(const Network& network, const at::Tensor& share, const at::Tensor& sound,
                  const Network& average) {
  const bool own = own_kernels(share);
  if (own && !*sound.const_data_ptr<bool>()) return;
  for_both(network, average, [&](const at::Tensor& from, const at::Tensor& to) {
    if (own) {
      to.lerp_(from, share);
    } else {
      write_where(sound, to, to.lerp(from, share));
    }
  });
}

void begin_average(const Network& network, const Network& average) {
  for_both(network, average, [](const at::Tensor& from, const at::Tensor& to) { to.copy_(from); });
}

}  // namespace dcgan
