#include "winograd.h"
#include "winograd_engine.h"
#include "winograd_tables.h"

namespace dcgan {

template <>
std::unique_ptr<ConvolutionKernel<float>> winograd_stride2(int64_t in, int64_t out, Scratch& scratch) {
  return std::make_unique<WinogradEngine<winograd_axis_stride2, float, float>>(in, out, scratch);
}

template <>
std::unique_ptr<ConvolutionKernel<BFloat16Bits>> winograd_stride2(int64_t in, int64_t out, Scratch& scratch) {
#ifdef DCGAN_HAS_VECTOR_CLONES
  if (multiplies_bfloat16()) {
    return std::make_unique<WinogradEngine<winograd_axis_stride2_accurate, BFloat16Bits, BFloat16Bits>>(
        in, out, scratch);
  }
#endif
  return std::make_unique<WinogradEngine<winograd_axis_stride2, BFloat16Bits, float>>(in, out, scratch);
}

}  // namespace dcgan
