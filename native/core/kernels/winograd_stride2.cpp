#include "winograd.h"
#include "winograd_engine.h"
#include "winograd_tables.h"

namespace dcgan {

template <typename T>
std::unique_ptr<ConvolutionKernel<T>> winograd_stride2(int64_t in, int64_t out, Scratch& scratch) {
  return make_winograd_engine<winograd_axis_stride2, winograd_axis_stride2_accurate, T>(in, out, scratch);
}

template std::unique_ptr<ConvolutionKernel<float>> winograd_stride2(int64_t, int64_t, Scratch&);
template std::unique_ptr<ConvolutionKernel<BFloat16Bits>> winograd_stride2(int64_t, int64_t, Scratch&);

}  // namespace dcgan
