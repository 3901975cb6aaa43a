#pragma once

#include <memory>

#include "../core/parallel/process_group.h"
#include "napi_setup.h"

namespace dcgan {

void register_process_group(Napi::Env env, Napi::Object exports);

/**
 * The group that `handle()` of a ProcessGroup gave, in argument `index`; null where there is none. Throws
 * ERR_PARALLEL where this process has left it.
 */
std::shared_ptr<ProcessGroup> group_argument(const Napi::CallbackInfo& info, size_t index);

}  // namespace dcgan
