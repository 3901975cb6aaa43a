#include "../../../native/core/ops/convolution.h"

#include "harness.h"

using namespace dcgan;

namespace {

/** Taps 1 … 25 as a [1, 1, 5, 5] kernel. */
at::Tensor numbered_kernel() { return at::arange(1, 26, at::kFloat).view({1, 1, 5, 5}); }

/** One bright pixel at (row, column) of a [1, size, size, 1] map. */
at::Tensor bright_pixel(int64_t size, int64_t row, int64_t column) {
  auto map = at::zeros({1, size, size, 1});
  map[0][row][column][0] = 1;
  return map;
}

/**
 * Keras's `same` by its definition: output (i, j) is Σ w(r, c) · x(stride·i + r − before, stride·j
 * + c − before), with 1 pixel of padding before at stride 2 and 2 at stride 1.
 */
at::Tensor by_definition(const at::Tensor& x, int64_t stride) {
  const int64_t size = x.size(1), before = stride == 2 ? 1 : 2;
  auto y = at::zeros({1, size / stride, size / stride, 1});
  for (int64_t i = 0; i < size / stride; ++i) {
    for (int64_t j = 0; j < size / stride; ++j) {
      for (int64_t r = 0; r < 5; ++r) {
        for (int64_t c = 0; c < 5; ++c) {
          const int64_t row = stride * i + r - before, column = stride * j + c - before;
          if (row < 0 || column < 0 || row >= size || column >= size) continue;
          y[0][i][j][0] += x[0][row][column][0] * static_cast<double>(5 * r + c + 1);
        }
      }
    }
  }
  return y;
}

void expect_same_padding(int64_t size, int64_t stride) {
  for (const auto& [row, column] :
       {std::pair<int64_t, int64_t>{0, 0}, {size / 2, size / 2 + 1}, {size - 1, size - 1}}) {
    const auto x = bright_pixel(size, row, column);
    expect(at::equal(convolution(x, numbered_kernel(), stride), by_definition(x, stride)),
           "a bright pixel at " + std::to_string(row) + ", " + std::to_string(column) + " lands elsewhere");
  }
}

void expect_transpose_of_convolution(int64_t size, int64_t stride) {
  // <conv(x), dy> = <x, conv_input_gradient(dy)> for every bright pixel dy: the crop
  // follows from the padding.
  const int64_t small = size / stride;
  for (int64_t pixel = 0; pixel < small * small; ++pixel) {
    const auto dy = bright_pixel(small, pixel / small, pixel % small);
    const auto dx = convolution_input_gradient(dy, numbered_kernel(), stride);
    for (int64_t at = 0; at < size * size; at += 3) {
      const auto x = bright_pixel(size, at / size, at % size);
      const auto y = by_definition(x, stride);
      expect(at::equal((y * dy).sum(), (x * dx).sum()), "the transposed convolution is shifted");
    }
  }
}

void expect_same(const std::string& what, const at::Tensor& a, const at::Tensor& b) {
  expect(at::equal(a, b), what + " differs from that of one pass alone");
}

/**
 * All three passes against float64, by libtorch's own convolution and its gradient
 * on explicitly padded maps.
 */
void expect_passes(int64_t batch, int64_t size, int64_t in, int64_t out, int64_t stride, at::ScalarType type,
                   double limit) {
  at::manual_seed(1);
  const auto x = at::randn({batch, size, size, in}).to(type),
             w = (at::randn({out, in, 5, 5}) * 0.05).to(type).to(at::kFloat);
  const auto dy = at::randn({batch, size / stride, size / stride, out}).to(type);
  const int64_t before = stride == 2 ? 1 : 2;
  const auto padded =
      at::constant_pad_nd(x.to(at::kDouble), {0, 0, before, 2, before, 2}).permute({0, 3, 1, 2});
  const auto wide = w.to(at::kDouble), gradient = dy.to(at::kDouble).permute({0, 3, 1, 2});
  const auto nhwc = [](const at::Tensor& t) { return t.permute({0, 2, 3, 1}); };
  const auto y = nhwc(at::conv2d(padded, wide, {}, stride));
  const auto [dx, dw, db] = at::convolution_backward(gradient, padded, wide, c10::nullopt, {stride, stride},
                                                     {0, 0}, {1, 1}, false, {0, 0}, 1, {true, true, false});
  expect_close("forward", convolution(x, w, stride), y, limit);
  expect_close("input gradient", convolution_input_gradient(dy, w, stride),
               nhwc(dx).narrow(1, before, size).narrow(2, before, size), limit);
  const auto found = at::empty(dw.sizes(), at::kFloat);
  convolution_weight_gradient(x, dy, stride, found);
  expect_close("weight gradient", found, dw, limit);
  // The two backward passes do both at once, and must do the same.
  const auto fused = at::empty(dw.sizes(), at::kFloat);
  expect_same("input gradient of both", convolution_backward(x, dy, w, stride, fused),
              convolution_input_gradient(dy, w, stride));
  expect_same("weight gradient of both", fused, found);
  expect_same("transposed input gradient of both", transposed_convolution_backward(dy, x, w, stride, fused),
              convolution(x, w, stride));
  expect_same("transposed weight gradient of both", fused, found);
}

const Register same_28{
    "a bright pixel goes through a 5×5 stride-2 convolution of 28×28 where Keras's same padding puts it",
    [] { expect_same_padding(28, 2); }};
const Register same_14{
    "a bright pixel goes through a 5×5 stride-2 convolution of 14×14 where Keras's same padding puts it",
    [] { expect_same_padding(14, 2); }};
const Register same_7{
    "a bright pixel goes through a 5×5 stride-1 convolution of 7×7 where Keras's same padding puts it",
    [] { expect_same_padding(7, 1); }};
const Register transpose_14{
    "a 5×5 stride-2 transposed convolution to 14×14 is the transpose of the convolution",
    [] { expect_transpose_of_convolution(14, 2); }};
const Register transpose_7{"a 5×5 stride-1 transposed convolution on 7×7 is the transpose of the convolution",
                           [] { expect_transpose_of_convolution(7, 1); }};

struct Shape {
  const char* name;
  int64_t size, in, out, stride;
};
constexpr Shape shapes[] = {{"generator conv1", 7, 128, 256, 1},
                            {"generator conv2", 14, 64, 128, 2},
                            {"generator conv3 and discriminator conv1", 28, 1, 64, 2},
                            {"tiles of 8×8 maps", 8, 128, 256, 1},
                            {"tiles of 16×16 maps", 16, 64, 128, 2},
                            {"tiles of 32×32 maps", 32, 32, 64, 2},
                            {"tiles beyond 6×6 maps", 6, 32, 64, 1},
                            {"tiles beyond 28×28 maps", 28, 32, 64, 2},
                            {"the most channels", 4, 256, 512, 1},
                            {"coloured images of 32×32", 32, 3, 64, 2},
                            {"coloured images in strips", 64, 3, 32, 2},
                            {"images of 2 channels in strips of unequal length", 40, 2, 32, 2},
                            {"images of 6 channels", 10, 6, 96, 2},
                            {"an odd number of channels", 14, 3, 5, 2}};

const bool passes = [] {
  for (const auto& s : shapes) {
    // 67 images are two groups of the transform domain, the second odd.
    for (const int64_t batch : {1, 3, 67, 128}) {
      if (batch > 3 && s.in * s.out < 64) continue;
      const auto name = std::string(s.name) + ", batch " + std::to_string(batch);
      cases().push_back({"three passes of " + name + " in float32 are within 1e-5 of float64",
                         [=] { expect_passes(batch, s.size, s.in, s.out, s.stride, at::kFloat, 1e-5); }});
      if (batch == 128) continue;
      cases().push_back({"three passes of " + name + " in bfloat16 are within its rounding",
                         [=] { expect_passes(batch, s.size, s.in, s.out, s.stride, at::kBFloat16, 8e-3); }});
    }
  }
  return true;
}();

}  // namespace
