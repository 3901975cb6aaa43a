#pragma once

#include "napi_setup.h"

namespace dcgan {

void register_evaluator(Napi::Env env, Napi::Object exports);

}  // namespace dcgan
