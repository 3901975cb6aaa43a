#include "winograd.h"
#include "winograd_engine.h"
#include "winograd_tables.h"

namespace dcgan {

template <typename T>
std::unique_ptr<ConvolutionKernel<T>> winograd_stride1(const ConvolutionShape& shape, Scratch& scratch) {
  if (shape.size == winograd_axis_stride1.size)
    return make_winograd_engine<winograd_axis_stride1, winograd_axis_stride1, T>(shape, scratch);
  return make_winograd_engine<winograd_axis_stride1_tile, winograd_axis_stride1_tile_accurate, T>(shape,
                                                                                                  scratch);
}

template std::unique_ptr<ConvolutionKernel<float>> winograd_stride1(const ConvolutionShape&, Scratch&);
template std::unique_ptr<ConvolutionKernel<BFloat16Bits>> winograd_stride1(const ConvolutionShape&, Scratch&);

}  // namespace dcgan
