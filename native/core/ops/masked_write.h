#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/**
 * to ← value where `sound` [] bool is true. It stays on the device, so that a captured graph, and
 * steps that are launched before the host has looked at those before them, can be told.
 */
inline void write_where(const at::Tensor& sound, const at::Tensor& to, const at::Tensor& value) {
  at::where_out(const_cast<at::Tensor&>(to), sound, value, to);
}

}  // namespace dcgan
