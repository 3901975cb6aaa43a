#pragma once

#include <ATen/ATen.h>

#include "options.h"

namespace dcgan {

/**
 * The device that `auto`, `cpu`, `cuda` or `cuda:N` of the options stands for, with libtorch set as
 * they say for it. For the thread that will compute. Throws ERR_DEVICE where there is none.
 */
at::Device open_device(const Options& options);

}  // namespace dcgan
