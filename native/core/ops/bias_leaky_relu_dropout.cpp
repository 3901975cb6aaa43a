#include "bias_leaky_relu_dropout.h"

#include <ATen/Parallel.h>

#include <bit>
#include <cmath>

#include "../kernels/row_blocks.h"
#include "../kernels/vector_clones.h"
#include "element_type.h"
#include "implementation.h"

namespace dcgan {
namespace {

/** Sixteen Philox counters make the 16-bit draws of this many elements. */
constexpr int64_t lanes = 16, draws = 128;

/**
 * Draws for elements [128 · block, 128 · block + 128): lane l of counter 16 · block + l gives its
 * eight 16-bit halves to elements l, 16 + l, 32 + l, …: whole vectors, no shuffles.
 */
DCGAN_INLINE void draw_block(const Philox& random, uint64_t block, uint32_t (&halves)[8][lanes]) {
  uint32_t c0[lanes], c1[lanes], c2[lanes], c3[lanes];
  const uint64_t first = block * lanes;
  for (int l = 0; l < lanes; ++l) {
    c0[l] = static_cast<uint32_t>(first) + static_cast<uint32_t>(l);
    c1[l] = static_cast<uint32_t>(first >> 32);
    c2[l] = static_cast<uint32_t>(random.step);
    c3[l] = random.high_word();
  }
  uint32_t k0 = static_cast<uint32_t>(random.seed), k1 = static_cast<uint32_t>(random.seed >> 32);
  for (int round = 0; round < Philox::rounds; ++round) {
    for (int l = 0; l < lanes; ++l) {
      const uint64_t p0 = static_cast<uint64_t>(Philox::multiplier0) * c0[l];
      const uint64_t p1 = static_cast<uint64_t>(Philox::multiplier1) * c2[l];
      c0[l] = static_cast<uint32_t>(p1 >> 32) ^ c1[l] ^ k0;
      c1[l] = static_cast<uint32_t>(p1);
      c2[l] = static_cast<uint32_t>(p0 >> 32) ^ c3[l] ^ k1;
      c3[l] = static_cast<uint32_t>(p0);
    }
    k0 += Philox::weyl0;
    k1 += Philox::weyl1;
  }
  for (int l = 0; l < lanes; ++l) {
    halves[0][l] = c0[l] & 0xFFFF, halves[1][l] = c0[l] >> 16;
    halves[2][l] = c1[l] & 0xFFFF, halves[3][l] = c1[l] >> 16;
    halves[4][l] = c2[l] & 0xFFFF, halves[5][l] = c2[l] >> 16;
    halves[6][l] = c3[l] & 0xFFFF, halves[7][l] = c3[l] >> 16;
  }
}

/** Loops get a copy, which what they store cannot be taken to change. */
struct Constants {
  float slope;         // of LeakyReLU below zero
  uint32_t threshold;  // a draw of 16 bits below it drops
  float scale;         // of what is kept
};

Constants constants_of(double slope, double rate) {
  return {static_cast<float>(slope), static_cast<uint32_t>(std::lround(rate * 65536)),
          static_cast<float>(1 / (1 - rate))};
}

/** The elements at the places [begin, end); x is that at place 0. */
template <typename T>
DCGAN_INLINE void forward_in(T* __restrict x, int64_t begin, int64_t end, const float* __restrict bias,
                             int64_t channels, Constants constants, const Philox& random) {
  uint32_t halves[8][lanes];
  for (int64_t block = begin / draws * draws; block < end; block += draws) {
    draw_block(random, static_cast<uint64_t>(block / draws), halves);
    const int64_t from = std::max<int64_t>(begin - block, 0), to = std::min(end - block, draws);
    for (int64_t group = from; group < to; group += lanes) {
      // The channels are a multiple of the lanes, so a group never crosses a row.
      const float* b = bias + (block + group) % channels;
      const uint32_t* draw = halves[group / lanes];
      T* at = x + block + group;
      // As one vector: unrolled, the compiler leaves it in single steps, in float32 ten times as slow.
#pragma GCC unroll 1
      for (int l = 0; l < lanes; ++l) {
        const float value = load(at[l]) + b[l];
        const float kept = (value > 0 ? value : constants.slope * value) * constants.scale + 0.0f;
        store(at[l], draw[l] < constants.threshold ? -0.0f : kept);
      }
    }
  }
}
DCGAN_VECTOR_CLONES void forward(float* __restrict x, int64_t begin, int64_t end,
                                 const float* __restrict bias, int64_t channels, const Constants& constants,
                                 const Philox& random) {
  forward_in(x, begin, end, bias, channels, constants, random);
}
DCGAN_VECTOR_CLONES void forward(BFloat16Bits* __restrict x, int64_t begin, int64_t end,
                                 const float* __restrict bias, int64_t channels, const Constants& constants,
                                 const Philox& random) {
  forward_in(x, begin, end, bias, channels, constants, random);
}

/** The slope at an element of which `y` was made. */
DCGAN_INLINE float slope_at(float y, Constants constants) {
  const float slope = y > 0 ? constants.scale : constants.slope * constants.scale;
  return std::bit_cast<uint32_t>(y) == 0x80000000u ? 0.0f : slope;
}

template <typename T>
DCGAN_INLINE void slopes_in(T* __restrict dy, const T* __restrict y, Constants constants, int64_t count) {
  for (int64_t i = 0; i < count; ++i) store(dy[i], slope_at(load(y[i]), constants) * load(dy[i]));
}
DCGAN_VECTOR_CLONES void slopes(float* dy, const float* y, const Constants& constants, int64_t count) {
  slopes_in(dy, y, constants, count);
}
DCGAN_VECTOR_CLONES void slopes(BFloat16Bits* dy, const BFloat16Bits* y, const Constants& constants,
                                int64_t count) {
  slopes_in(dy, y, constants, count);
}

template <typename T>
DCGAN_INLINE void backward_in(T* __restrict dy, const T* __restrict y, Constants constants,
                              const RowBlock& block, float* __restrict sum) {
  for (int64_t c = 0; c < block.columns; ++c) sum[c] = 0;
  for (int64_t row = 0; row < block.rows; ++row, dy += block.stride, y += block.stride) {
    for (int64_t c = 0; c < block.columns; ++c) {
      const float value = load(y[c]);
      const float slope = value > 0 ? constants.scale : constants.slope * constants.scale;
      const float g = std::bit_cast<uint32_t>(value) == 0x80000000u ? 0.0f : slope * load(dy[c]);
      sum[c] += g;
      store(dy[c], g);
    }
  }
}
DCGAN_VECTOR_CLONES void backward(float* __restrict dy, const float* __restrict y, const Constants& constants,
                                  const RowBlock& block, float* __restrict sum) {
  backward_in(dy, y, constants, block, sum);
}
DCGAN_VECTOR_CLONES void backward(BFloat16Bits* __restrict dy, const BFloat16Bits* __restrict y,
                                  const Constants& constants, const RowBlock& block, float* __restrict sum) {
  backward_in(dy, y, constants, block, sum);
}

/** Of libtorch's operators: m ⊙ dy, not yet rounded. */
at::Tensor times_slopes(const at::Tensor& dy, const at::Tensor& y, double slope, double rate) {
  const auto wide = widened(dy);
  // As tensors, so that they are rounded as ours are.
  const auto number = [&](double value) { return at::scalar_tensor(value, wide.options()); };
  const auto scale = number(1 / (1 - rate));
  const auto dropped = at::logical_and(y == 0, at::signbit(y));
  return (wide * at::where(y > 0, scale, number(slope) * scale)).masked_fill_(dropped, 0);
}

}  // namespace

void bias_leaky_relu_dropout(const at::Tensor& x, const at::Tensor& bias, double slope, double rate,
                             const Philox& random, const MaskPlaces& places,
                             const std::optional<at::Generator>& generator) {
  const int64_t parts = x.numel() / places.part;
  if (!own_kernels(x)) {
    const auto kept = at::leaky_relu(widened(x) + bias, slope) / (1 - rate) + 0.0;
    // All are drawn, those of other processes too: the generator knows no places.
    const auto drawn = at::rand({parts, places.stride}, generator, kept.options());
    const auto own = drawn.narrow(1, places.first, places.part).reshape(kept.sizes());
    x.copy_(at::where(own < rate, at::scalar_tensor(-0.0, kept.options()), kept));
    return;
  }
  const Constants constants = constants_of(slope, rate);
  TORCH_INTERNAL_ASSERT(bias.numel() % lanes == 0);
  const auto run_part = [&](auto* data, int64_t first, int64_t last) {
    constexpr int64_t grain = draws * 256;
    at::parallel_for(first / grain, (last + grain - 1) / grain, 1, [&](int64_t begin, int64_t end) {
      forward(data, std::max(begin * grain, first), std::min(end * grain, last), bias.const_data_ptr<float>(),
              bias.numel(), constants, random);
    });
  };
  const auto run = [&](auto* data) {
    // Parts that are whole are one.
    if (places.part == places.stride) return run_part(data, 0, x.numel());
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t first = part * places.stride + places.first;
      run_part(data + part * places.part - first, first, first + places.part);
    }
  };
  x.scalar_type() == at::kFloat ? run(data_of<float>(x)) : run(data_of<BFloat16Bits>(x));
}

void leaky_relu_dropout_slopes(const at::Tensor& dy, const at::Tensor& y, double slope, double rate) {
  if (!own_kernels(y)) {
    dy.copy_(times_slopes(dy, y, slope, rate));
    return;
  }
  const Constants constants = constants_of(slope, rate);
  with_element_type(y, [&]<typename T>(T*) {
    at::parallel_for(0, y.numel(), draws * 256, [&](int64_t begin, int64_t end) {
      slopes(data_of<T>(dy) + begin, data_of<T>(y) + begin, constants, end - begin);
    });
  });
}

void bias_leaky_relu_dropout_backward(const at::Tensor& dy, const at::Tensor& y, double slope, double rate,
                                      const at::Tensor& bias_gradient) {
  if (!own_kernels(y)) {
    const auto g = times_slopes(dy, y, slope, rate);
    dy.copy_(g);
    bias_gradient.copy_(g.sum(0));
    return;
  }
  const Constants constants = constants_of(slope, rate);
  const int64_t rows = y.size(0), channels = y.size(1);
  const auto partial = at::empty({row_block_count(rows), channels}, bias_gradient.options());
  float* sum = partial.mutable_data_ptr<float>();
  const auto run = [&](auto* gradient, const auto* output) {
    for_each_row_block(rows, channels, [&](const RowBlock& block) {
      backward(gradient + block.offset, output + block.offset, constants, block,
               sum + block.index * channels + block.column);
    });
  };
  y.scalar_type() == at::kFloat ? run(data_of<float>(dy), data_of<float>(y))
                                : run(data_of<BFloat16Bits>(dy), data_of<BFloat16Bits>(y));
  bias_gradient.copy_(partial.sum(0, false, at::kDouble));
}

}  // namespace dcgan
