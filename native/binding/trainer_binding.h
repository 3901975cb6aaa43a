#pragma once

#include <memory>

#include "napi_setup.h"

namespace dcgan {

/** The class `Trainer` of lib/native/bindings.ts. */
void register_trainer(Napi::Env env, Napi::Object exports);

}  // namespace dcgan
