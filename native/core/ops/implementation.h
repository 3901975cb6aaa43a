#pragma once

#include <ATen/ATen.h>

namespace dcgan {

/** What computes the operators on the CPU, read from the environment when it is first asked for. */
struct Implementation {
  /** DCGAN_OPERATORS=composed: libtorch's operators, composed as on every other device. */
  bool composed;
  /** DCGAN_CONVOLUTIONS=direct: libtorch's convolutions beside the other operators of our own. */
  bool direct_convolutions;
};

/** The choice of this process; tests change it. */
Implementation& implementation();

/**
 * Whether an operator on x is computed by a kernel of our own: on the CPU, unless it is to be composed or
 * x is float64, which only tests compute in.
 */
inline bool own_kernels(const at::Tensor& x) {
  return x.is_cpu() && !implementation().composed && x.scalar_type() != at::kDouble;
}

}  // namespace dcgan
