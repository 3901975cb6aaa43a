#include "dense.h"

#include "../kernels/gemm.h"
#include "element_type.h"
#include "implementation.h"

namespace dcgan {
namespace {

/**
 * `reserve` keeps what is large enough, so the scratch grows to the largest product of its thread.
 */
Scratch& scratch_for(int64_t m, int64_t n, int64_t k) {
  thread_local Scratch scratch;
  scratch.reserve(gemm_scratch(m, n, k));
  return scratch;
}

}  // namespace

// Not libtorch's product of bfloat16, which goes through a library that does not survive memory running out.

at::Tensor dense(const at::Tensor& x, const at::Tensor& w) {
  if (!own_kernels(x)) return at::mm(x, w.to(x.scalar_type()).t());
  const int64_t m = x.size(0), n = w.size(0), k = x.size(1);
  const auto y = at::empty({m, n}, x.options());
  with_element_type(x, [&]<typename T>(T*) {
    gemm(data_of<T>(x), Transpose::no, w.const_data_ptr<float>(), Transpose::yes, data_of<T>(y), m, n, k,
         scratch_for(m, n, k));
  });
  return y;
}

at::Tensor dense_input_gradient(const at::Tensor& dy, const at::Tensor& w) {
  if (!own_kernels(dy)) return at::mm(dy, w.to(dy.scalar_type()));
  const int64_t m = dy.size(0), n = w.size(1), k = w.size(0);
  const auto dx = at::empty({m, n}, dy.options());
  with_element_type(dy, [&]<typename T>(T*) {
    gemm(data_of<T>(dy), Transpose::no, w.const_data_ptr<float>(), Transpose::no, data_of<T>(dx), m, n, k,
         scratch_for(m, n, k));
  });
  return dx;
}

void dense_weight_gradient(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& dw) {
  if (!own_kernels(x)) {
    dw.copy_(at::mm(dy.t(), x));
    return;
  }
  const int64_t m = dy.size(1), n = x.size(1), k = x.size(0);
  with_element_type(x, [&]<typename T>(T*) {
    gemm(data_of<T>(dy), Transpose::yes, data_of<T>(x), Transpose::no, dw.mutable_data_ptr<float>(), m, n, k,
         scratch_for(m, n, k));
  });
}

}  // namespace dcgan
