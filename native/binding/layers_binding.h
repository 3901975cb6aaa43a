#pragma once

#include "napi_setup.h"

namespace dcgan {

/** Adds to `exports` the function `layers`: the lists of layers that some options stand for. */
void register_layers(Napi::Env env, Napi::Object exports);

}  // namespace dcgan
