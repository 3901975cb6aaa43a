#include "winograd.h"
#include "winograd_engine.h"
#include "winograd_tables.h"

namespace dcgan {

template <typename T>
std::unique_ptr<ConvolutionKernel<T>> winograd_stride2(const ConvolutionShape& shape, Scratch& scratch) {
  if (shape.size == winograd_axis_stride2.size)
    return make_winograd_engine<winograd_axis_stride2, winograd_axis_stride2_accurate, T>(shape, scratch);
  return make_winograd_engine<winograd_axis_stride2_tile, winograd_axis_stride2_tile_accurate, T>(shape,
                                                                                                  scratch);
}

template std::unique_ptr<ConvolutionKernel<float>> winograd_stride2(const ConvolutionShape&, Scratch&);
template std::unique_ptr<ConvolutionKernel<BFloat16Bits>> winograd_stride2(const ConvolutionShape&, Scratch&);

}  // namespace dcgan
