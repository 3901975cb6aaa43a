#pragma once

#include <cstdint>
#include <vector>

namespace dcgan {

/** The distance from each of some images to the nearest of many, which come piece by piece. */
class Nearest {
 public:
  /** images [n, numbers] in [-1, 1]. */
  Nearest(std::vector<float> images, int64_t numbers);

  /** pixels [count, numbers], 0 … 255: more images that may be the nearest. */
  void look_at(const uint8_t* pixels, int64_t count);

  /** ‖x − y‖ of each, its pixels from 0 to 1. */
  std::vector<float> distances() const;

 private:
  const int64_t numbers_;
  std::vector<float> images_;
  std::vector<double> squares_, least_;
};

}  // namespace dcgan
