#include "winograd_stride2.h"

#include "winograd_engine.h"

namespace dcgan {
namespace {

/**
 * One tile of 7 outputs needs 9 points. The usual ones (0, ±1, ±2, ±½, …) amplify rounding to 1.4e-5 or more;
 * these, found by minimising Σ ‖O_p‖² ‖K_p‖² ‖I_p‖² and rounded to fractions of 16, keep it at 5e-6.
 */
constexpr auto axis = winograd_axis<2, 14, 7>({0.25, -0.25, 0.6875, -0.6875, 1.125, -1.125, 2.25, -2.25});
constexpr int64_t group = 64;

}  // namespace

std::unique_ptr<ConvolutionKernel> winograd_convolution_stride2(int64_t in, int64_t out, Scratch& scratch) {
  return std::make_unique<WinogradEngine<axis>>(in, out, group, scratch);
}

}  // namespace dcgan
