#pragma once

#include <ATen/ATen.h>

#include "../network/network.h"

namespace dcgan {

/**
 * An average of a network over the steps of its training, in which what was longer ago counts less:
 * average ← average + share · (network − average), of what is trained and of the statistics; `share` []
 * on the device. Nothing is written where `sound` [] bool is false.
 */
void move_average(const Network& network, const at::Tensor& share, const at::Tensor& sound,
                  const Network& average);

/** average ← network. */
void begin_average(const Network& network, const Network& average);

}  // namespace dcgan
