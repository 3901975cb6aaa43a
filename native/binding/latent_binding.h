#pragma once

#include "napi_setup.h"

namespace dcgan {

/** Puts the class LatentSearch into `exports`. */
void register_latent_search(Napi::Env env, Napi::Object exports);

}  // namespace dcgan
