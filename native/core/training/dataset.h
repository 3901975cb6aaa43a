#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "../parallel/batch_share.h"
#include "image_file.h"
#include "shared_images.h"

namespace dcgan {

/**
 * The step of the model at which the epochs of some data begin, and the number, from
 * 0, of the first.
 */
struct EpochOrigin {
  int64_t step = 0, epoch = 0;
};

/** Images in memory, or in a file where they are too many for it. */
using TrainingImages = std::variant<std::shared_ptr<const SharedImages>, std::shared_ptr<const ImageFile>>;

/**
 * Training images, resident on the device as bytes or in their file, with the class of each where there are
 * some, and the order in which epochs visit them.
 */
class Dataset {
 public:
  /** The epochs are counted from `origin`. `labels` holds a class for each image, or nothing. */
  Dataset(TrainingImages images, const std::vector<int64_t>& labels, EpochOrigin origin, at::Device device);

  int64_t count() const {
    return std::visit([](const auto& images) { return images->count(); }, shared_);
  }

  /**
   * Batch `step` of training: the order of an epoch is a function of (seed, epoch), an incomplete
   * last batch is dropped. Of the batch's images writes those of `share`, [count, S, S, C], into `out`,
   * pixels mapped to (u8 − 127.5) / 127.5, and their classes [count] into `labels`, where that is defined.
   */
  void gather(int64_t step, uint64_t seed, const BatchShare& share, const at::Tensor& out,
              const at::Tensor& labels);

 private:
  const TrainingImages shared_;
  /** [count, numbers of an image] uint8, or undefined where they are in a file. */
  at::Tensor images_;
  /** [count] int64, or undefined. */
  at::Tensor labels_;
  EpochOrigin origin_;
  /** Of the order and the labels: where the images are looked up. */
  at::Device device_;
  at::Tensor order_;
  int64_t ordered_epoch_ = -1;
};

/** [n, P] uint8 rows picked by `index` [B] int64 → out [B, …] of P numbers each, float32 or bfloat16 in [-1,
 * 1]. */
void gather_images(const at::Tensor& images, const at::Tensor& index, const at::Tensor& out);

}  // namespace dcgan
