#include "trainer_binding.h"

#include <c10/core/InferenceMode.h>

#include "../core/kernels/peak.h"
#include "../core/trainer.h"
#include "arguments.h"
#include "worker.h"

namespace dcgan {
namespace {

/** What a worker's jobs share; made and freed on the worker's thread. */
struct Owned {
  std::unique_ptr<Trainer> trainer;
};

class TrainerBinding : public Napi::ObjectWrap<TrainerBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Trainer",
        {InstanceMethod<&TrainerBinding::open>("open"), InstanceMethod<&TrainerBinding::set_data>("setData"),
         InstanceMethod<&TrainerBinding::run>("run"), InstanceMethod<&TrainerBinding::profile>("profile"),
         InstanceMethod<&TrainerBinding::peak>("peak"),
         InstanceMethod<&TrainerBinding::train_on_batch>("trainOnBatch"),
         InstanceMethod<&TrainerBinding::generate>("generate"),
         InstanceMethod<&TrainerBinding::discriminate>("discriminate"),
         InstanceMethod<&TrainerBinding::state>("state"),
         InstanceMethod<&TrainerBinding::set_state>("setState"),
         InstanceMethod<&TrainerBinding::stop>("stop"), InstanceMethod<&TrainerBinding::dispose>("dispose")});
  }

  explicit TrainerBinding(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<TrainerBinding>(info),
        options_(options_argument(info, 0)),
        owned_(std::make_shared<Owned>()),
        worker_(Worker::start(info.Env(), [owned = owned_] { owned->trainer.reset(); })) {}

  ~TrainerBinding() override {
    if (worker_) worker_->close();
  }

 private:
  /** Queues work on the trainer, which is made when first needed. */
  template <typename F>
  Napi::Value submit(const Napi::CallbackInfo& info, F work) {
    return worker_->submit(info.This().As<Napi::Object>(),
                           [owned = owned_, options = options_, work = std::move(work)]() -> Worker::Result {
                             const c10::InferenceMode inference;
                             if (!owned->trainer) {
                               use_threads(options.threads);
                               owned->trainer = std::make_unique<Trainer>(options);
                             }
                             return work(*owned->trainer);
                           });
  }

  Napi::Value open(const Napi::CallbackInfo& info) {
    return submit(info, [](Trainer& trainer) -> Worker::Result {
      return [device = trainer.device().str()](napi_env env) { return text(env, device); };
    });
  }

  Napi::Value set_data(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    const bool bytes =
        info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
    const size_t wanted = static_cast<size_t>(count * image_pixels);
    if (!bytes || info[0].As<Napi::Uint8Array>().ElementLength() != wanted) {
      throw Napi::TypeError::New(info.Env(), "setData takes a Uint8Array of [count, 28, 28] pixels.");
    }
    const EpochOrigin origin = {integer_argument(info, 2, 0), integer_argument(info, 3, 0)};
    const auto* data = info[0].As<Napi::Uint8Array>().Data();
    return submit(info,
                  [pixels = std::vector<uint8_t>(data, data + wanted), count,
                   origin](Trainer& trainer) -> Worker::Result {
                    trainer.set_data(pixels.data(), count, origin);
                    return undefined;
                  });
  }

  Napi::Value run(const Napi::CallbackInfo& info) {
    const int64_t steps = integer_argument(info, 0, 0);
    worker_->clear_stop();
    // The worker outlives its jobs: the registry holds it until its thread has ended.
    return submit(info, [steps, worker = worker_.get()](Trainer& trainer) -> Worker::Result {
      return [run = trainer.run(steps, worker->stop)](napi_env env) {
        return object(env, {{"step", number(env, static_cast<double>(run.step))},
                            {"losses", float_array(env, run.losses)},
                            {"seconds", number(env, run.seconds)},
                            {"notice", text(env, run.notice)}});
      };
    });
  }

  Napi::Value profile(const Napi::CallbackInfo& info) {
    const int64_t steps = integer_argument(info, 0, 1);
    return submit(info, [steps](Trainer& trainer) -> Worker::Result {
      return [seconds = trainer.profile(steps)](napi_env env) {
        std::vector<std::pair<const char*, napi_value>> properties;
        for (const auto& [name, value] : seconds) properties.emplace_back(name.c_str(), number(env, value));
        return object(env, properties);
      };
    });
  }

  Napi::Value peak(const Napi::CallbackInfo& info) {
    return submit(info, [](Trainer&) -> Worker::Result {
      return [peak = measure_peak()](napi_env env) {
        napi_value none = nullptr;
        napi_get_null(env, &none);
        return object(env, {{"float32", number(env, peak.float32)},
                            {"bfloat16", peak.bfloat16 ? number(env, *peak.bfloat16) : none}});
      };
    });
  }

  Napi::Value train_on_batch(const Napi::CallbackInfo& info) {
    auto images = float_argument(info, 0, options_.batch_size * image_pixels);
    const bool own_noise = info[1].IsNull() || info[1].IsUndefined();
    auto noise = own_noise ? std::vector<float>()
                           : float_argument(info, 1, options_.batch_size * options_.latent_size);
    return submit(
        info, [images = std::move(images), noise = std::move(noise)](Trainer& trainer) -> Worker::Result {
          const auto losses = trainer.train_on_batch(images.data(), noise.empty() ? nullptr : noise.data());
          return [losses](napi_env env) {
            return object(env, {{"discriminatorLoss", number(env, losses[0])},
                                {"generatorLoss", number(env, losses[1])}});
          };
        });
  }

  Napi::Value generate(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    return submit(info,
                  [noise = float_argument(info, 0, count * options_.latent_size),
                   count](Trainer& trainer) -> Worker::Result {
                    std::vector<float> images(static_cast<size_t>(count * image_pixels));
                    trainer.generate(noise.data(), count, images.data());
                    return [images = std::move(images)](napi_env env) { return float_array(env, images); };
                  });
  }

  Napi::Value discriminate(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    return submit(
        info,
        [images = float_argument(info, 0, count * image_pixels), count](Trainer& trainer) -> Worker::Result {
          std::vector<float> logits(static_cast<size_t>(count));
          trainer.discriminate(images.data(), count, logits.data());
          return [logits = std::move(logits)](napi_env env) { return float_array(env, logits); };
        });
  }

  Napi::Value state(const Napi::CallbackInfo& info) {
    return submit(info, [](Trainer& trainer) -> Worker::Result {
      return [tensors = to_host(trainer.state()), step = trainer.step()](napi_env env) {
        return object(
            env, {{"step", number(env, static_cast<double>(step))}, {"tensors", state_object(env, tensors)}});
      };
    });
  }

  Napi::Value set_state(const Napi::CallbackInfo& info) {
    const int64_t step = integer_argument(info, 1, 0);
    return submit(info, [tensors = state_argument(info, 0), step](Trainer& trainer) -> Worker::Result {
      fill_from(tensors, trainer.state());
      trainer.set_step(step);
      return undefined;
    });
  }

  void stop(const Napi::CallbackInfo&) { worker_->stop = true; }
  void dispose(const Napi::CallbackInfo&) { worker_->close(); }

  static napi_value undefined(napi_env env) {
    napi_value value = nullptr;
    napi_get_undefined(env, &value);
    return value;
  }

  const Options options_;
  std::shared_ptr<Owned> owned_;
  std::shared_ptr<Worker> worker_;
};

}  // namespace

void register_trainer(Napi::Env env, Napi::Object exports) {
  exports.Set("Trainer", TrainerBinding::define(env));
}

}  // namespace dcgan
