#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>

#include "shared_images.h"

namespace dcgan {

/**
 * The step of the model at which the epochs of some data begin, and the number, from
 * 0, of the first.
 */
struct EpochOrigin {
  int64_t step = 0, epoch = 0;
};

/** Training images, resident on the device as bytes, and the order in which epochs visit them. */
class Dataset {
 public:
  /** The epochs are counted from `origin`. */
  Dataset(std::shared_ptr<const SharedImages> images, EpochOrigin origin, at::Device device);

  int64_t count() const { return shared_->count(); }

  /**
   * Batch `step` of training: the order of an epoch is a function of (seed, epoch), an incomplete
   * last batch is dropped. Writes [B, S, S, C] into `out`, pixels mapped to (u8 − 127.5) / 127.5.
   */
  void gather(int64_t step, uint64_t seed, const at::Tensor& out);

 private:
  const std::shared_ptr<const SharedImages> shared_;
  /** [count, 784] uint8. */
  const at::Tensor images_;
  EpochOrigin origin_;
  at::Tensor order_;
  int64_t ordered_epoch_ = -1;
};

/** [n, P] uint8 rows picked by `index` [B] int64 → out [B, …] of P numbers each, float32 or bfloat16 in [-1,
 * 1]. */
void gather_images(const at::Tensor& images, const at::Tensor& index, const at::Tensor& out);

}  // namespace dcgan
