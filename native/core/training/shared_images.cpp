#include "shared_images.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace dcgan {
namespace {

/** All that some trainer holds, of every JavaScript thread. */
struct Held {
  std::mutex mutex;
  std::vector<std::weak_ptr<const SharedImages>> images;
};

Held& held() {
  static Held all;
  return all;
}

}  // namespace

std::shared_ptr<const SharedImages> SharedImages::of(const uint8_t* pixels, int64_t count,
                                                     int64_t image_bytes) {
  auto& [mutex, all] = held();
  // Also while bytes are compared and copied: else two threads could both find nothing.
  const std::lock_guard lock(mutex);
  std::erase_if(all, [](const auto& images) { return images.expired(); });
  for (const auto& known : all) {
    auto images = known.lock();
    // Sets that differ do so early.
    if (images && images->count_ == count && images->image_bytes_ == image_bytes &&
        std::memcmp(images->pixels_.get(), pixels, static_cast<size_t>(count * image_bytes)) == 0) {
      return images;
    }
  }
  auto images = std::make_shared<const SharedImages>(pixels, count, image_bytes);
  all.push_back(images);
  return images;
}

SharedImages::SharedImages(const uint8_t* pixels, int64_t count, int64_t image_bytes)
    : count_(count),
      image_bytes_(image_bytes),
      pixels_(std::make_unique_for_overwrite<uint8_t[]>(static_cast<size_t>(count * image_bytes))) {
  std::copy_n(pixels, count * image_bytes, pixels_.get());
}

at::Tensor SharedImages::on(at::Device device) const {
  const auto here = at::from_blob(pixels_.get(), {count_, image_bytes_}, at::kByte);
  if (device.is_cpu()) return here;
  const std::lock_guard lock(mutex_);
  auto& copy = copies_[device.index()];
  if (!copy.defined()) copy = here.to(device);
  return copy;
}

}  // namespace dcgan
