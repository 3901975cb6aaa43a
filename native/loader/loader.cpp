/**
 * The addon that Node loads. It holds no libtorch: it opens a libtorch by path, then the core library that
 * was built for that libtorch's minor version, and lets the core register its classes. So a missing or
 * unfitting libtorch is an error with a sentence, not a failure to load.
 */
#include <dlfcn.h>
#include <napi.h>

#include <mutex>
#include <string>

namespace {

using CoreInit = napi_value (*)(napi_env, napi_value);

/** Opens a library for the life of the process. Throws a JavaScript error with the loader's own words. */
void* open_library(Napi::Env env, const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW);
  if (handle == nullptr) {
    const char* reason = dlerror();
    auto error =
        Napi::Error::New(env, reason != nullptr ? reason : "The library could not be opened: " + path);
    error.Set("code", "ERR_LIBTORCH_LOAD");
    throw error;
  }
  return handle;
}

Napi::Value load(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsString() || !info[1].IsString()) throw Napi::TypeError::New(env, "load takes two paths.");
  // Worker threads load at the same time; libtorch's start-up is not made for that.
  static std::mutex mutex;
  CoreInit init = nullptr;
  {
    const std::lock_guard lock(mutex);
    open_library(env, info[0].As<Napi::String>().Utf8Value());
    void* core = open_library(env, info[1].As<Napi::String>().Utf8Value());
    init = reinterpret_cast<CoreInit>(dlsym(core, "dcgan_core_init"));
  }
  if (init == nullptr) throw Napi::Error::New(env, "The core library lacks dcgan_core_init: rebuild it.");
  const auto exports = Napi::Object::New(env);
  return {env, init(env, exports)};
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("load", Napi::Function::New(env, load));
  return exports;
}

}  // namespace

NODE_API_MODULE(dcgan_native, initialise)
