#include "generator_binding.h"

#include <c10/core/InferenceMode.h>

#include "../core/device.h"
#include "../core/error.h"
#include "../core/network/recipe.h"
#include "../core/threads.h"
#include "arguments.h"
#include "worker_object.h"

namespace dcgan {
namespace {

class GeneratorBinding : public WorkerObject<GeneratorBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Generator",
                       {method<&GeneratorBinding::open>("open"),
                        method<&GeneratorBinding::generate>("generate"), worker_method(), dispose_method()});
  }

  explicit GeneratorBinding(const Napi::CallbackInfo& info)
      : WorkerObject(info),
        options_(coded(info.Env(), [&] { return options_argument(info, 0); })),
        owned_(coded(info.Env(), [] { return std::make_shared<std::unique_ptr<Network>>(); })) {
    start(info.Env(), [owned = owned_] { owned->reset(); });
  }

 private:
  Napi::Value open(const Napi::CallbackInfo& info) {
    return submit(
        info, [tensors = state_argument(info, 0), owned = owned_, options = options_]() -> Worker::Result {
          const auto device = open_device(options);
          auto generator = std::make_unique<Network>(make_generator(Recipe(options), device, Use::inference));
          fill_from(tensors, generator->state());
          *owned = std::move(generator);
          return [name = device.str()](napi_env env) { return text(env, name); };
        });
  }

  Napi::Value generate(const Napi::CallbackInfo& info) {
    auto latents = latents_argument(info, 0, options_);
    const int64_t count = count_of(latents);
    const auto images = make_output(info.Env(), count * Recipe(options_).image_numbers());
    return submit(
        info,
        [latents = std::move(latents), count, to = images.data, owned = owned_,
         options = options_]() -> Worker::Result {
          if (!*owned) throw Error("ERR_NATIVE", "open() comes before generate().");
          (*owned)->infer(draw(latents, options).data(), nullptr, count, to);
          return nullptr;
        },
        images.array);
  }

  template <typename F>
  Napi::Value submit(const Napi::CallbackInfo& info, F work, napi_value output = nullptr) {
    return worker().submit(
        info.This().As<Napi::Object>(),
        [work = std::move(work), threads = options_.threads] {
          const c10::InferenceMode inference;
          use_threads(threads);
          return work();
        },
        output);
  }

  const Options options_;
  const std::shared_ptr<std::unique_ptr<Network>> owned_;
};

}  // namespace

void register_generator(Napi::Env env, Napi::Object exports) {
  exports.Set("Generator", GeneratorBinding::define(env));
}

}  // namespace dcgan
