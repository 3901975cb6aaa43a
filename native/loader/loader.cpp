/**
 * The addon that Node loads. It holds no libtorch: it opens a libtorch by path, then the core library that
 * was built for that libtorch's minor version, and lets the core register its classes. So a missing or
 * unfitting libtorch is an error with a sentence, not a failure to load.
 */
#include <dlfcn.h>
#include <napi.h>

#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>

namespace {

using CoreInit = napi_value (*)(napi_env, napi_value);

/** Worker threads load at the same time; libtorch's start-up is not made for that. */
std::mutex loading;

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

/**
 * How long OpenMP's threads spin before they sleep is read from the environment while libtorch is opened. By
 * default it is milliseconds, which costs nothing on a quiet machine, and a quarter of the time where other
 * programs want the cores. Whoever has set either variable keeps it.
 */
class ShortSpins {
 public:
  ShortSpins() : set_(std::getenv(variable) == nullptr && std::getenv("OMP_WAIT_POLICY") == nullptr) {
    if (set_) setenv(variable, "2000", 1);
  }
  ~ShortSpins() {
    if (set_) unsetenv(variable);
  }
  ShortSpins(const ShortSpins&) = delete;
  ShortSpins& operator=(const ShortSpins&) = delete;

 private:
  static constexpr const char* variable = "GOMP_SPINCOUNT";
  const bool set_;
};

void* open_libtorch(Napi::Env env, const std::string& path) {
  const ShortSpins spins;
  return open_library(env, path);
}

/** Gives the core the CUDA plug-in's graphs. A plug-in that does not load is left out: the core says so when
 * it matters. */
void use_plugin(void* core, const std::string& path) {
  void* plugin = dlopen(path.c_str(), RTLD_NOW);
  if (plugin == nullptr) return;
  const auto make = reinterpret_cast<void* (*)()>(dlsym(plugin, "dcgan_cuda_step_graphs"));
  const auto use = reinterpret_cast<void (*)(void*)>(dlsym(core, "dcgan_use_step_graphs"));
  if (make != nullptr && use != nullptr) use(make());
}

Napi::Value load(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsString() || !info[1].IsString()) {
    throw Napi::TypeError::New(env, "load takes two paths, and that of a plug-in if there is one.");
  }
  CoreInit init = nullptr;
  {
    const std::lock_guard lock(loading);
    open_libtorch(env, info[0].As<Napi::String>().Utf8Value());
    void* core = open_library(env, info[1].As<Napi::String>().Utf8Value());
    init = reinterpret_cast<CoreInit>(dlsym(core, "dcgan_core_init"));
    if (info[2].IsString()) use_plugin(core, info[2].As<Napi::String>().Utf8Value());
  }
  if (init == nullptr) throw Napi::Error::New(env, "The core library lacks dcgan_core_init: rebuild it.");
  const auto exports = Napi::Object::New(env);
  return {env, init(env, exports)};
}

/**
 * Opens a libtorch and asks it for its version, whatever the files around it tell. It is in the function that
 * libtorch has for this in its stable C interface: 0x020d00… for 2.13.0. Null where there is none.
 */
Napi::Value version(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsString()) throw Napi::TypeError::New(env, "version takes a path.");
  const std::lock_guard lock(loading);
  void* libtorch = open_libtorch(env, info[0].As<Napi::String>().Utf8Value());
  const auto ask = reinterpret_cast<uint64_t (*)()>(dlsym(libtorch, "aoti_torch_abi_version"));
  if (ask == nullptr) return env.Null();
  const uint64_t said = ask();
  const auto part = [said](int shift) { return std::to_string(said >> shift & 0xff); };
  return Napi::String::New(env, part(56) + "." + part(48) + "." + part(40));
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("load", Napi::Function::New(env, load));
  exports.Set("version", Napi::Function::New(env, version));
  return exports;
}

}  // namespace

NODE_API_MODULE(dcgan_native, initialise)
