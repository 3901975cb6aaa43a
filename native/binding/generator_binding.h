#pragma once

#include "napi_setup.h"

namespace dcgan {

/** The class `Generator` of lib/native/bindings.ts. */
void register_generator(Napi::Env env, Napi::Object exports);

}  // namespace dcgan
