#include "image_file.h"

#include <ATen/Parallel.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "../error.h"

namespace dcgan {
namespace {

Error unreadable(const std::string& path, int error) {
  return {"ERR_DATA_NOT_FOUND", path + " cannot be read (" + std::generic_category().message(error) +
                                    "). The images stay there while they are trained on: make it readable."};
}

}  // namespace

ImageFile::ImageFile(std::string path, int64_t offset, int64_t count, int64_t image_bytes)
    : path_(std::move(path)),
      offset_(offset),
      count_(count),
      image_bytes_(image_bytes),
      file_(open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (file_ < 0) throw unreadable(path_, errno);
}

ImageFile::~ImageFile() { close(file_); }

at::Tensor ImageFile::read(const at::Tensor& index) const {
  const auto rows = at::empty({index.numel(), image_bytes_}, at::kByte);
  const auto* images = index.const_data_ptr<int64_t>();
  auto* to = rows.mutable_data_ptr<uint8_t>();
  at::parallel_for(0, index.numel(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) read_image(images[i], to + i * image_bytes_);
  });
  return rows;
}

void ImageFile::read_image(int64_t image, uint8_t* to) const {
  const int64_t first = offset_ + image * image_bytes_;
  for (int64_t done = 0; done < image_bytes_;) {
    const auto bytes = pread(file_, to + done, static_cast<size_t>(image_bytes_ - done), first + done);
    if (bytes == 0) {
      throw Error("ERR_DATA_FORMAT", path_ +
                                         " has become shorter while it was trained on. Give it back, and "
                                         "go on from the last checkpoint.");
    }
    if (bytes < 0 && errno != EINTR) throw unreadable(path_, errno);
    if (bytes > 0) done += bytes;
  }
}

}  // namespace dcgan
