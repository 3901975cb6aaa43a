#include "batch_norm_leaky_relu.h"

#include <ATen/Parallel.h>

#include "../kernels/row_blocks.h"
#include "../kernels/vector_clones.h"
#include "element_type.h"
#include "implementation.h"
#include "masked_write.h"

namespace dcgan {
namespace {

/**
 * Per-channel vectors of one operator call, and the slope of LeakyReLU below zero. Loops get a copy,
 * which what they store cannot be taken to change.
 */
struct Channels {
  const float* __restrict scale, * __restrict shift;
  float slope;
};

template <typename T>
DCGAN_INLINE void sums_in(const T* __restrict x, const float* __restrict origin, const RowBlock& block,
                          float* __restrict sum, float* __restrict square) {
  for (int64_t c = 0; c < block.columns; ++c) sum[c] = square[c] = 0;
  for (int64_t row = 0; row < block.rows; ++row, x += block.stride) {
    for (int64_t c = 0; c < block.columns; ++c) {
      // Relative to the first row: the difference of squares then loses no digits when
      // the mean is large.
      const float centred = load(x[c]) - origin[c];
      sum[c] += centred;
      square[c] += centred * centred;
    }
  }
}
DCGAN_VECTOR_CLONES void sums(const float* __restrict x, const float* __restrict origin,
                              const RowBlock& block, float* __restrict sum, float* __restrict square) {
  sums_in(x, origin, block, sum, square);
}
DCGAN_VECTOR_CLONES void sums(const BFloat16Bits* __restrict x, const float* __restrict origin,
                              const RowBlock& block, float* __restrict sum, float* __restrict square) {
  sums_in(x, origin, block, sum, square);
}

template <typename T>
DCGAN_INLINE void write_in(const T* __restrict x, Channels channels, const RowBlock& block, T* __restrict y) {
  for (int64_t row = 0; row < block.rows; ++row, x += block.stride, y += block.stride) {
    for (int64_t c = 0; c < block.columns; ++c) {
      const float normalised = load(x[c]) * channels.scale[c] + channels.shift[c];
      store(y[c], normalised > 0 ? normalised : channels.slope * normalised);
    }
  }
}
DCGAN_VECTOR_CLONES void write(const float* __restrict x, const Channels& channels, const RowBlock& block,
                               float* __restrict y) {
  write_in(x, channels, block, y);
}
DCGAN_VECTOR_CLONES void write(const BFloat16Bits* __restrict x, const Channels& channels,
                               const RowBlock& block, BFloat16Bits* __restrict y) {
  write_in(x, channels, block, y);
}

/** g = dy · leaky'(scale x + shift). */
template <typename T>
DCGAN_INLINE float slope_gradient(const T& dy, float x, const Channels& channels, int64_t c) {
  const float g = load(dy);
  return x * channels.scale[c] + channels.shift[c] > 0 ? g : channels.slope * g;
}

template <typename T>
DCGAN_INLINE void gradient_sums_in(const T* __restrict dy, const T* __restrict x, Channels channels,
                                   const float* __restrict mean, const RowBlock& block, float* __restrict sum,
                                   float* __restrict product) {
  for (int64_t c = 0; c < block.columns; ++c) sum[c] = product[c] = 0;
  for (int64_t row = 0; row < block.rows; ++row, x += block.stride, dy += block.stride) {
    for (int64_t c = 0; c < block.columns; ++c) {
      const float value = load(x[c]), g = slope_gradient(dy[c], value, channels, c);
      sum[c] += g;
      product[c] += g * (value - mean[c]);
    }
  }
}
DCGAN_VECTOR_CLONES void gradient_sums(const float* __restrict dy, const float* __restrict x,
                                       const Channels& channels, const float* __restrict mean,
                                       const RowBlock& block, float* __restrict sum,
                                       float* __restrict product) {
  gradient_sums_in(dy, x, channels, mean, block, sum, product);
}
DCGAN_VECTOR_CLONES void gradient_sums(const BFloat16Bits* __restrict dy, const BFloat16Bits* __restrict x,
                                       const Channels& channels, const float* __restrict mean,
                                       const RowBlock& block, float* __restrict sum,
                                       float* __restrict product) {
  gradient_sums_in(dy, x, channels, mean, block, sum, product);
}

/** dx = scale · g + slope · x + offset, the formula above with everything per channel gathered. */
struct GradientChannels {
  const float* __restrict slope, * __restrict offset;
};

template <typename T>
DCGAN_INLINE void gradient_write_in(T* __restrict dy, const T* __restrict x, Channels channels,
                                    const GradientChannels& gradient, const RowBlock& block) {
  for (int64_t row = 0; row < block.rows; ++row, x += block.stride, dy += block.stride) {
    for (int64_t c = 0; c < block.columns; ++c) {
      const float value = load(x[c]), g = slope_gradient(dy[c], value, channels, c);
      store(dy[c], channels.scale[c] * g + (gradient.slope[c] * value + gradient.offset[c]));
    }
  }
}
DCGAN_VECTOR_CLONES void gradient_write(float* __restrict dy, const float* __restrict x,
                                        const Channels& channels, const GradientChannels& gradient,
                                        const RowBlock& block) {
  gradient_write_in(dy, x, channels, gradient, block);
}
DCGAN_VECTOR_CLONES void gradient_write(BFloat16Bits* __restrict dy, const BFloat16Bits* __restrict x,
                                        const Channels& channels, const GradientChannels& gradient,
                                        const RowBlock& block) {
  gradient_write_in(dy, x, channels, gradient, block);
}

template <typename T>
DCGAN_INLINE void inference_gradient_in(T* __restrict dy, const T* __restrict y,
                                        const float* __restrict scale, float slope, const RowBlock& block) {
  for (int64_t row = 0; row < block.rows; ++row, y += block.stride, dy += block.stride) {
    for (int64_t c = 0; c < block.columns; ++c) {
      const float g = scale[c] * load(dy[c]);
      store(dy[c], load(y[c]) > 0 ? g : slope * g);
    }
  }
}
DCGAN_VECTOR_CLONES void inference_gradient(float* __restrict dy, const float* __restrict y,
                                            const float* __restrict scale, float slope,
                                            const RowBlock& block) {
  inference_gradient_in(dy, y, scale, slope, block);
}
DCGAN_VECTOR_CLONES void inference_gradient(BFloat16Bits* __restrict dy, const BFloat16Bits* __restrict y,
                                            const float* __restrict scale, float slope,
                                            const RowBlock& block) {
  inference_gradient_in(dy, y, scale, slope, block);
}

/**
 * Means and variances of this process's rows ← those of the rows of all, of which each has as many. In
 * float64, where what the squares of the means lose of the variances is nothing.
 */
void combine(const ProcessGroup& group, at::Tensor& mean, at::Tensor& variance) {
  const auto wide = mean.to(at::kDouble);
  const auto moments = at::stack({wide, variance.to(at::kDouble) + wide.square()}).cpu();
  group.sum(moments);
  const auto of_all = (moments / group.size()).to(mean.device());
  mean = of_all[0];
  variance = (of_all[1] - mean.square()).clamp_min(0);
}

/** scale = γ / √(σ² + ε), shift = β − μ · scale; [2, C]. */
at::Tensor scale_and_shift(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& mean,
                           const at::Tensor& inverse_std) {
  const auto scale = weight * inverse_std;
  return at::stack({scale, bias - mean * scale});
}

at::Tensor normalise(const at::Tensor& x, const at::Tensor& scale_shift, double slope) {
  if (!own_kernels(x)) {
    const auto normalised = widened(x) * scale_shift[0] + scale_shift[1];
    return at::leaky_relu(normalised, slope).to(x.scalar_type());
  }
  const auto y = at::empty_like(x);
  const int64_t channels = x.size(1);
  const auto* scale = scale_shift.const_data_ptr<float>();
  with_element_type(x, [&]<typename T>(T*) {
    for_each_row_block(x.size(0), channels, [&](const RowBlock& block) {
      const Channels vectors = {scale + block.column, scale + channels + block.column,
                                static_cast<float>(slope)};
      write(data_of<T>(x) + block.offset, vectors, block, data_of<T>(y) + block.offset);
    });
  });
  return y;
}

/** Σ g and Σ g x̂ over the rows of a batch. */
struct BatchSums {
  at::Tensor g, product;
  int64_t rows;
};

/** Those of all processes, from this one's. */
BatchSums of_batch(const ProcessGroup* group, const BatchSums& own) {
  if (group == nullptr) return own;
  const auto sums = at::stack({own.g, own.product}).to(at::kDouble).cpu();
  group->sum(sums);
  const auto all = sums.to(own.g.options());
  return {all[0], all[1], own.rows * group->size()};
}

}  // namespace

at::Tensor batch_norm_leaky_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                 const BatchNormConstants& constants, BatchStatistics& statistics) {
  if (own_kernels(x)) {
    const int64_t rows = x.size(0), channels = x.size(1);
    const auto origin = x[0].to(at::kFloat).contiguous();
    const auto partial = at::empty({2, row_block_count(rows), channels}, weight.options());
    float* sum = partial.mutable_data_ptr<float>();
    with_element_type(x, [&]<typename T>(T*) {
      for_each_row_block(rows, channels, [&](const RowBlock& block) {
        float* at = sum + block.index * channels + block.column;
        sums(data_of<T>(x) + block.offset, origin.const_data_ptr<float>() + block.column, block, at,
             at + row_block_count(rows) * channels);
      });
    });
    const auto moments = partial.sum(1, false, at::kDouble) / rows;
    statistics.mean = origin + moments[0];
    statistics.variance = (moments[1] - moments[0].square()).clamp_min(0);
  } else {
    std::tie(statistics.variance, statistics.mean) =
        at::var_mean(widened(x), at::OptionalIntArrayRef{0}, 0.0);
  }
  if (statistics.group != nullptr) combine(*statistics.group, statistics.mean, statistics.variance);
  statistics.mean = statistics.mean.to(weight.scalar_type());
  statistics.variance = statistics.variance.to(weight.scalar_type());
  statistics.inverse_std = (statistics.variance + constants.epsilon).rsqrt();
  return normalise(x, scale_and_shift(weight, bias, statistics.mean, statistics.inverse_std),
                   constants.slope);
}

void move_running_statistics(const BatchStatistics& statistics, double momentum,
                             const at::Tensor& running_mean, const at::Tensor& running_var,
                             const at::Tensor& sound) {
  if (!own_kernels(running_mean)) {
    write_where(sound, running_mean, running_mean.lerp(statistics.mean, momentum));
    write_where(sound, running_var, running_var.lerp(statistics.variance, momentum));
    return;
  }
  if (!*sound.const_data_ptr<bool>()) return;
  running_mean.lerp_(statistics.mean, momentum);
  running_var.lerp_(statistics.variance, momentum);
}

at::Tensor batch_norm_leaky_relu_inference(const at::Tensor& x, const at::Tensor& weight,
                                           const at::Tensor& bias, const at::Tensor& running_mean,
                                           const at::Tensor& running_var,
                                           const BatchNormConstants& constants) {
  const auto inverse_std = (running_var + constants.epsilon).rsqrt();
  return normalise(x, scale_and_shift(weight, bias, running_mean, inverse_std), constants.slope);
}

void batch_norm_leaky_relu_inference_backward(const at::Tensor& dy, const at::Tensor& y,
                                              const at::Tensor& weight, const at::Tensor& running_var,
                                              const BatchNormConstants& constants) {
  const auto scale = weight * (running_var + constants.epsilon).rsqrt();
  if (!own_kernels(y)) {
    const auto g = widened(dy) * scale;
    dy.copy_(at::where(y > 0, g, g * constants.slope));
    return;
  }
  const float* scales = scale.const_data_ptr<float>();
  const auto slope = static_cast<float>(constants.slope);
  with_element_type(y, [&]<typename T>(T*) {
    for_each_row_block(y.size(0), y.size(1), [&](const RowBlock& block) {
      inference_gradient(data_of<T>(dy) + block.offset, data_of<T>(y) + block.offset, scales + block.column,
                         slope, block);
    });
  });
}

void batch_norm_leaky_relu_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight,
                                    const at::Tensor& bias, const BatchNormConstants& constants,
                                    const BatchStatistics& statistics, const at::Tensor& weight_gradient,
                                    const at::Tensor& bias_gradient) {
  const auto scale_shift = scale_and_shift(weight, bias, statistics.mean, statistics.inverse_std);
  const auto& inverse_std = statistics.inverse_std;
  const int64_t rows = x.size(0), channels = x.size(1);
  if (!own_kernels(x)) {
    const auto centred = widened(x) - statistics.mean;
    const auto positive = centred * scale_shift[0] + bias > 0;
    const auto wide = widened(dy);
    const auto g = at::where(positive, wide, wide * constants.slope);
    at::sum_out(const_cast<at::Tensor&>(bias_gradient), g, 0);
    weight_gradient.copy_((g * centred).sum(0) * inverse_std);
    const auto all = of_batch(statistics.group, {bias_gradient, weight_gradient, rows});
    dy.copy_(scale_shift[0] * (g - all.g / all.rows - centred * inverse_std * (all.product / all.rows)));
    return;
  }
  const auto partial = at::empty({2, row_block_count(rows), channels}, weight.options());
  float* sum = partial.mutable_data_ptr<float>();
  const float* scale = scale_shift.const_data_ptr<float>();
  const float* mean = statistics.mean.const_data_ptr<float>();
  with_element_type(x, [&]<typename T>(T*) {
    for_each_row_block(rows, channels, [&](const RowBlock& block) {
      float* at = sum + block.index * channels + block.column;
      const Channels vectors = {scale + block.column, scale + channels + block.column,
                                static_cast<float>(constants.slope)};
      gradient_sums(data_of<T>(dy) + block.offset, data_of<T>(x) + block.offset, vectors, mean + block.column,
                    block, at, at + row_block_count(rows) * channels);
    });
  });
  const auto sums = partial.sum(1, false, at::kDouble).to(at::kFloat);
  bias_gradient.copy_(sums[0]);
  weight_gradient.copy_(sums[1] * inverse_std);
  const auto all = of_batch(statistics.group, {bias_gradient, weight_gradient, rows});
  const auto slope = -scale_shift[0] * inverse_std * all.product / all.rows;
  const auto offset = -scale_shift[0] * all.g / all.rows - slope * statistics.mean;
  const float *slopes = slope.const_data_ptr<float>(), *offsets = offset.const_data_ptr<float>();
  with_element_type(x, [&]<typename T>(T*) {
    for_each_row_block(rows, channels, [&](const RowBlock& block) {
      const Channels vectors = {scale + block.column, scale + channels + block.column,
                                static_cast<float>(constants.slope)};
      const GradientChannels gradient = {slopes + block.column, offsets + block.column};
      gradient_write(data_of<T>(dy) + block.offset, data_of<T>(x) + block.offset, vectors, gradient, block);
    });
  });
}

}  // namespace dcgan
