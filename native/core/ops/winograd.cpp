#include "winograd.h"

#include "winograd_engine.h"

namespace dcgan {
namespace {

/** 7 outputs in tiles of 4 and 3, on 8 and 7 points; -½ is left out of the shorter tile. */
constexpr auto axis = winograd_axis<1, 7, 4>({0, 1, -1, 2, -2, 0.5, -0.5});
constexpr int64_t group = 64;

}  // namespace

std::unique_ptr<ConvolutionKernel> winograd_convolution(int64_t in, int64_t out, Scratch& scratch) {
  return std::make_unique<WinogradEngine<axis>>(in, out, group, scratch);
}

}  // namespace dcgan
