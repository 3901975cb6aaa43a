#include <ATen/Context.h>
#include <torch/headeronly/version.h>

#include "../core/caching_allocator.h"
#include "../core/threads.h"
#include "../core/training/step_graph.h"
#include "arguments.h"
#include "evaluator_binding.h"
#include "generator_binding.h"
#include "group_binding.h"
#include "latent_binding.h"
#include "layers_binding.h"
#include "trainer_binding.h"
#include "worker.h"

namespace dcgan {
namespace {

/** The vector unit whose clones of the kernels run on this CPU. */
const char* vector_unit() {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("x86-64-v4")) return "avx512";
  if (__builtin_cpu_supports("x86-64-v3")) return "avx2";
#elif defined(__aarch64__)
  return "neon";
#endif
  return "default";
}

/** { count, reason }: the threads that `threads: 0` stands for. Given a directory, it is one that stands
 * before /proc. */
Napi::Value default_threads_of(const Napi::CallbackInfo& info) {
  const auto root = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
  const auto [count, reason] = default_threads(root);
  return {info.Env(),
          object(info.Env(), {{"count", number(info.Env(), count)}, {"reason", text(info.Env(), reason)}})};
}

}  // namespace
}  // namespace dcgan

/** Called by the loader with what the CUDA plug-in gives it. */
extern "C" __attribute__((visibility("default"))) void dcgan_use_step_graphs(dcgan::MakeStepGraph make) {
  dcgan::use_step_graphs(make);
}

/** Called by the loader, once for each JavaScript environment: puts the core's classes into `exports`. */
extern "C" __attribute__((visibility("default"))) napi_value dcgan_core_init(napi_env raw,
                                                                             napi_value target) {
  const Napi::Env env(raw);
  Napi::Object exports(raw, target);
  dcgan::install_caching_allocator();
  dcgan::WorkerRegistry::install(env);
  dcgan::register_trainer(env, exports);
  dcgan::register_generator(env, exports);
  dcgan::register_process_group(env, exports);
  dcgan::register_evaluator(env, exports);
  dcgan::register_latent_search(env, exports);
  dcgan::register_layers(env, exports);
  exports.Set("defaultThreads", Napi::Function::New(env, dcgan::default_threads_of));
  exports.Set("torchVersion", Napi::Function::New(env, [](const Napi::CallbackInfo& info) -> Napi::Value {
                return Napi::String::New(info.Env(), TORCH_VERSION);
              }));
  exports.Set("cudaDevices", Napi::Function::New(env, [](const Napi::CallbackInfo& info) -> Napi::Value {
                const int count = at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
                return Napi::Number::New(info.Env(), count);
              }));
  exports.Set("vectorUnit", Napi::Function::New(env, [](const Napi::CallbackInfo& info) -> Napi::Value {
                return Napi::String::New(info.Env(), dcgan::vector_unit());
              }));
  return exports;
}
