#pragma once

#include <ATen/ATen.h>

#include "../kernels/scalar_types.h"

namespace dcgan {

/** The elements of a contiguous tensor on the CPU, as a kernel takes them. */
template <typename T>
T* data_of(const at::Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

/** Calls f with a null pointer of the element type of `x`. */
template <typename F>
void with_element_type(const at::Tensor& x, F f) {
  if (x.scalar_type() == at::kFloat) {
    f(static_cast<float*>(nullptr));
  } else {
    f(static_cast<BFloat16Bits*>(nullptr));
  }
}

}  // namespace dcgan
