#pragma once

#include <ATen/ATen.h>

#include "../kernels/scalar_types.h"

namespace dcgan {

/** The elements of a contiguous tensor on the CPU, as a kernel takes them. */
template <typename T>
T* data_of(const at::Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

/** The type that sums of a tensor's elements have: float32, also of bfloat16; float64 of float64. */
inline at::ScalarType sum_type(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

/** A tensor as the type of its sums. */
inline at::Tensor widened(const at::Tensor& x) { return x.to(sum_type(x)); }

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
