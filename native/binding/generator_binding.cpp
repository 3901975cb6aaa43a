#include "generator_binding.h"

#include <c10/core/InferenceMode.h>

#include "../core/error.h"
#include "../core/trainer.h"
#include "arguments.h"
#include "worker.h"

namespace dcgan {
namespace {

class GeneratorBinding : public Napi::ObjectWrap<GeneratorBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Generator",
                       {InstanceMethod<&GeneratorBinding::open>("open"),
                        InstanceMethod<&GeneratorBinding::generate>("generate"),
                        InstanceMethod<&GeneratorBinding::dispose>("dispose")});
  }

  explicit GeneratorBinding(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<GeneratorBinding>(info),
        options_(options_argument(info, 0)),
        owned_(std::make_shared<std::unique_ptr<Generator>>()),
        worker_(Worker::start(info.Env(), [owned = owned_] { owned->reset(); })) {}

  ~GeneratorBinding() override {
    if (worker_) worker_->close();
  }

 private:
  Napi::Value open(const Napi::CallbackInfo& info) {
    return submit(
        info, [tensors = state_argument(info, 0), owned = owned_, options = options_]() -> Worker::Result {
          const auto device = resolve_device(options.device);
          auto generator = std::make_unique<Generator>(options, device, Use::inference);
          fill_from(tensors, generator_state(*generator));
          *owned = std::move(generator);
          return [name = device.str()](napi_env env) { return text(env, name); };
        });
  }

  Napi::Value generate(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    return submit(info,
                  [noise = float_argument(info, 0, count * options_.latent_size), count, owned = owned_,
                   options = options_]() -> Worker::Result {
                    if (!*owned) throw Error("ERR_NATIVE", "open() comes before generate().");
                    std::vector<float> images(static_cast<size_t>(count * image_pixels));
                    generate_images(**owned, options, noise.data(), count, images.data());
                    return [images = std::move(images)](napi_env env) { return float_array(env, images); };
                  });
  }

  template <typename F>
  Napi::Value submit(const Napi::CallbackInfo& info, F work) {
    return worker_->submit(info.This().As<Napi::Object>(),
                           [work = std::move(work), threads = options_.threads] {
                             const c10::InferenceMode inference;
                             use_threads(threads);
                             return work();
                           });
  }

  void dispose(const Napi::CallbackInfo&) { worker_->close(); }

  const Options options_;
  std::shared_ptr<std::unique_ptr<Generator>> owned_;
  std::shared_ptr<Worker> worker_;
};

}  // namespace

void register_generator(Napi::Env env, Napi::Object exports) {
  exports.Set("Generator", GeneratorBinding::define(env));
}

}  // namespace dcgan
