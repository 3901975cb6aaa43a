#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>

namespace dcgan {

/**
 * Training images in a file, for those that memory does not hold: each batch is read when it is wanted.
 * Read, not mapped: a mapped file that somebody cuts ends the process, this one throws.
 */
class ImageFile {
 public:
  /** [count, image_bytes] bytes from `offset` on. Throws Error ERR_DATA_NOT_FOUND where it cannot be opened.
   */
  ImageFile(std::string path, int64_t offset, int64_t count, int64_t image_bytes);
  ImageFile(const ImageFile&) = delete;
  ImageFile& operator=(const ImageFile&) = delete;
  ~ImageFile();

  int64_t count() const { return count_; }

  /**
   * The images of `index` [B] int64, on the CPU → [B, image_bytes] uint8. Throws Error ERR_DATA_NOT_FOUND
   * where they cannot be read, ERR_DATA_FORMAT where the file has become shorter.
   */
  at::Tensor read(const at::Tensor& index) const;

 private:
  void read_image(int64_t image, uint8_t* to) const;

  const std::string path_;
  const int64_t offset_, count_, image_bytes_;
  const int file_;
};

}  // namespace dcgan
