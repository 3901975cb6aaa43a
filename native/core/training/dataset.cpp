#include "dataset.h"

#include <ATen/Parallel.h>

#include <utility>

#include "../error.h"
#include "../kernels/random.h"
#include "../kernels/vector_clones.h"
#include "../ops/element_type.h"
#include "../ops/implementation.h"

namespace dcgan {
namespace {

template <typename T>
DCGAN_INLINE void normalise_in(const uint8_t* __restrict pixels, int64_t count, T* __restrict out) {
  for (int64_t i = 0; i < count; ++i) store(out[i], (static_cast<float>(pixels[i]) - 127.5f) / 127.5f);
}
DCGAN_VECTOR_CLONES void normalise(const uint8_t* pixels, int64_t count, float* out) {
  normalise_in(pixels, count, out);
}
DCGAN_VECTOR_CLONES void normalise(const uint8_t* pixels, int64_t count, BFloat16Bits* out) {
  normalise_in(pixels, count, out);
}

}  // namespace

void gather_images(const at::Tensor& images, const at::Tensor& index, const at::Tensor& out) {
  if (!own_kernels(images)) {
    out.copy_(((images.index_select(0, index).to(at::kFloat) - 127.5f) / 127.5f).view_as(out));
    return;
  }
  const auto* pixels = images.const_data_ptr<uint8_t>();
  const auto* rows = index.const_data_ptr<int64_t>();
  const int64_t count = images.size(1);
  const auto run = [&](auto* to) {
    at::parallel_for(0, index.numel(), 16, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) normalise(pixels + rows[i] * count, count, to + i * count);
    });
  };
  out.scalar_type() == at::kFloat ? run(data_of<float>(out)) : run(data_of<BFloat16Bits>(out));
}

Dataset::Dataset(TrainingImages images, const std::vector<int64_t>& labels, EpochOrigin origin,
                 at::Device device)
    : shared_(std::move(images)), origin_(origin), device_(at::kCPU) {
  if (const auto* resident = std::get_if<std::shared_ptr<const SharedImages>>(&shared_)) {
    device_ = device;
    images_ = (*resident)->on(device);
  }
  if (!labels.empty()) labels_ = at::tensor(labels, at::kLong).to(device_);
}

void Dataset::gather(int64_t step, uint64_t seed, const BatchShare& share, const at::Tensor& out,
                     const at::Tensor& labels) {
  const int64_t batch = share.of, steps_per_epoch = count() / batch;
  if (steps_per_epoch == 0) {
    throw Error("ERR_DATA_TOO_FEW", "The data holds " + std::to_string(count()) +
                                        " images, fewer than one batch of " + std::to_string(batch) +
                                        ". Use a smaller batchSize or more images.");
  }
  const int64_t since = step - origin_.step;
  const int64_t epoch = origin_.epoch + since / steps_per_epoch;
  if (epoch != ordered_epoch_) {
    const auto order = permutation({seed, Purpose::order, static_cast<uint64_t>(epoch)}, count());
    order_ = at::tensor(order, at::kLong).to(device_);
    ordered_epoch_ = epoch;
  }
  const auto index = order_.narrow(0, since % steps_per_epoch * batch + share.first, share.count);
  if (const auto* file = std::get_if<std::shared_ptr<const ImageFile>>(&shared_)) {
    const auto read = (*file)->read(index).to(out.device());
    gather_images(read, at::arange(share.count, read.options().dtype(at::kLong)), out);
  } else {
    gather_images(images_, index, out);
  }
  if (!labels.defined()) return;
  if (!labels_.defined()) {
    throw Error("ERR_LABELS", "The networks know classes, and the data has no labels.");
  }
  labels.copy_(labels_.index_select(0, index));
}

}  // namespace dcgan
