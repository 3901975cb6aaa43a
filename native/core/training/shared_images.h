#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <mutex>

namespace dcgan {

/**
 * Training images as bytes, of which all trainers of the process that train on the same have one
 * copy. It goes with the last that holds it.
 */
class SharedImages {
 public:
  /** Those that hold the same bytes, where there are some; else a copy of [count, image_bytes] pixels. */
  static std::shared_ptr<const SharedImages> of(const uint8_t* pixels, int64_t count, int64_t image_bytes);

  SharedImages(const uint8_t* pixels, int64_t count, int64_t image_bytes);

  int64_t count() const { return count_; }
  /** [count, image_bytes] uint8 on `device`, valid as long as these images are held. */
  at::Tensor on(at::Device device) const;

 private:
  const int64_t count_, image_bytes_;
  const std::unique_ptr<uint8_t[]> pixels_;
  mutable std::mutex mutex_;
  /** Copies on other devices than the CPU. */
  mutable std::map<c10::DeviceIndex, at::Tensor> copies_;
};

}  // namespace dcgan
