#include "trainer_binding.h"

#include <c10/core/InferenceMode.h>

#include "../core/kernels/peak.h"
#include "../core/network/recipe.h"
#include "../core/threads.h"
#include "../core/training/trainer.h"
#include "arguments.h"
#include "group_binding.h"
#include "worker_object.h"

namespace dcgan {
namespace {

/** What a worker's jobs share. */
struct Owned {
  /** Made and freed on the worker's thread. */
  std::unique_ptr<Trainer> trainer;
  /** The processes that train together, where there are several. */
  std::shared_ptr<ProcessGroup> group;
  /** The trainer's, after each job, for JavaScript to read. */
  std::atomic<int64_t> step = 0;
};

/** Null for an array that was not given. */
template <typename T>
const T* data_or_null(const std::vector<T>& given) {
  return given.empty() ? nullptr : given.data();
}

/** Publishes the trainer's step however the job ends. */
class StepPublished {
 public:
  explicit StepPublished(Owned& owned) : owned_(owned) {}
  ~StepPublished() { owned_.step = owned_.trainer->step(); }
  StepPublished(const StepPublished&) = delete;
  StepPublished& operator=(const StepPublished&) = delete;

 private:
  Owned& owned_;
};

class TrainerBinding : public WorkerObject<TrainerBinding> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Trainer",
        {method<&TrainerBinding::open>("open"), method<&TrainerBinding::set_data>("setData"),
         method<&TrainerBinding::run>("run"), method<&TrainerBinding::profile>("profile"),
         method<&TrainerBinding::peak>("peak"), method<&TrainerBinding::train_on_batch>("trainOnBatch"),
         method<&TrainerBinding::generate>("generate"), method<&TrainerBinding::discriminate>("discriminate"),
         method<&TrainerBinding::state>("state"), method<&TrainerBinding::set_state>("setState"),
         method<&TrainerBinding::set_learning_rates>("setLearningRates"),
         InstanceMethod<&TrainerBinding::stop>("stop"), worker_method(), dispose_method(),
         InstanceAccessor<&TrainerBinding::step>("step")});
  }

  /** `new Trainer(options, group?)`: a group that this process has joined. */
  explicit TrainerBinding(const Napi::CallbackInfo& info)
      : WorkerObject(info),
        options_(coded(info.Env(), [&] { return options_argument(info, 0); })),
        image_numbers_(Recipe(options_).image_numbers()),
        owned_(coded(info.Env(), [] { return std::make_shared<Owned>(); })) {
    const auto group = coded(info.Env(), [&] { return group_argument(info, 1); });
    if (group) batch_size_ = group->share_of(options_.batch_size).count;
    owned_->group = group;
    const auto interrupt = [group = std::weak_ptr(group)] {
      if (const auto held = group.lock()) held->interrupt();
    };
    const auto cleanup = [owned = owned_] {
      owned->trainer.reset();
      owned->group.reset();
    };
    start(info.Env(), cleanup, interrupt);
  }

 private:
  /** Queues work on the trainer, which is made when first needed. */
  template <typename F>
  Napi::Value submit(const Napi::CallbackInfo& info, F work, napi_value output = nullptr) {
    return worker().submit(
        info.This().As<Napi::Object>(),
        [owned = owned_, options = options_, work = std::move(work)]() -> Worker::Result {
          const c10::InferenceMode inference;
          if (!owned->trainer) {
            use_threads(options.threads);
            owned->trainer = std::make_unique<Trainer>(options, owned->group);
          }
          const StepPublished published(*owned);
          return work(*owned->trainer);
        },
        output);
  }

  Napi::Value open(const Napi::CallbackInfo& info) {
    return submit(info, [](Trainer& trainer) -> Worker::Result {
      return [device = trainer.device().str()](napi_env env) { return text(env, device); };
    });
  }

  Napi::Value set_data(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    const EpochOrigin origin = {integer_argument(info, 2, 0), integer_argument(info, 3, 0)};
    auto labels = labels_argument(info, 4, count, options_);
    return submit(info,
                  [images = images_argument(info, count), labels = std::move(labels),
                   origin](Trainer& trainer) -> Worker::Result {
                    trainer.set_data(images, labels, origin);
                    return nullptr;
                  });
  }

  /** A Uint8Array of whole images, or `{ path, offset }` of a file that holds them. */
  TrainingImages images_argument(const Napi::CallbackInfo& info, int64_t count) const {
    if (info[0].IsTypedArray()) {
      const auto bytes = bytes_of(info[0]);
      if (bytes.count == count * image_numbers_) {
        // Here, because JavaScript may change the array, or give it away, once this has returned.
        return SharedImages::of(bytes.data, count, image_numbers_);
      }
    } else if (info[0].IsObject()) {
      const auto file = info[0].As<Napi::Object>();
      const auto path = file.Get("path"), offset = file.Get("offset");
      if (path.IsString() && offset.IsNumber()) {
        return std::make_shared<const ImageFile>(path.As<Napi::String>().Utf8Value(),
                                                 offset.As<Napi::Number>().Int64Value(), count,
                                                 image_numbers_);
      }
    }
    throw Napi::TypeError::New(info.Env(),
                               "setData takes a Uint8Array of whole images, or { path, offset }.");
  }

  Napi::Value run(const Napi::CallbackInfo& info) {
    const int64_t steps = integer_argument(info, 0, 0);
    worker().clear_stop();
    // The worker outlives its jobs: the registry holds it until its thread has ended.
    return submit(info, [steps, worker = &worker()](Trainer& trainer) -> Worker::Result {
      return [run = trainer.run(steps, worker->stop)](napi_env env) {
        return object(env, {{"step", number(env, static_cast<double>(run.step))},
                            {"losses", float_array(env, run.losses)},
                            {"seconds", number(env, run.seconds)},
                            {"notice", text(env, run.notice)},
                            {"stopped", truth(env, run.stopped)},
                            {"lost", text(env, run.lost)}});
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
    auto images = float_argument(info, 0, batch_size_ * image_numbers_);
    const bool own_noise = info[1].IsNull() || info[1].IsUndefined();
    auto noise =
        own_noise ? std::vector<float>() : float_argument(info, 1, batch_size_ * options_.latent_size);
    return submit(
        info,
        [images = std::move(images), noise = std::move(noise),
         labels = labels_argument(info, 2, batch_size_, options_)](Trainer& trainer) -> Worker::Result {
          const auto losses =
              trainer.train_on_batch(images.data(), data_or_null(noise), data_or_null(labels));
          return [losses](napi_env env) {
            return object(env, {{"discriminatorLoss", number(env, losses[0])},
                                {"generatorLoss", number(env, losses[1])},
                                {"penalty", number(env, losses[2])}});
          };
        });
  }

  Napi::Value generate(const Napi::CallbackInfo& info) {
    auto latents = latents_argument(info, 0, options_);
    const int64_t count = count_of(latents);
    const auto images = make_output(info.Env(), count * image_numbers_);
    return submit(
        info,
        [latents = std::move(latents), count, to = images.data,
         options = options_](Trainer& trainer) -> Worker::Result {
          trainer.generate(draw(latents, options).data(), count, to);
          return nullptr;
        },
        images.array);
  }

  Napi::Value discriminate(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    return submit(
        info,
        [images = float_argument(info, 0, count * image_numbers_),
         labels = labels_argument(info, 2, count, options_), count](Trainer& trainer) -> Worker::Result {
          std::vector<float> logits(static_cast<size_t>(count));
          trainer.discriminate(images.data(), data_or_null(labels), count, logits.data());
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
    const auto step = info[1].IsNull() ? std::nullopt : std::optional(integer_argument(info, 1, 0));
    return submit(info, [tensors = state_argument(info, 0), step](Trainer& trainer) -> Worker::Result {
      fill_from(tensors, trainer.tensors());
      trainer.continue_from(step.value_or(trainer.step()));
      return nullptr;
    });
  }

  Napi::Value set_learning_rates(const Napi::CallbackInfo& info) {
    const auto own = [&](size_t index) {
      return info[index].IsNull() ? std::nullopt : std::optional(rate_argument(info, index));
    };
    return submit(info,
                  [both = rate_argument(info, 0), generator = own(1),
                   discriminator = own(2)](Trainer& trainer) -> Worker::Result {
                    trainer.set_learning_rates(both, generator, discriminator);
                    return nullptr;
                  });
  }

  void stop(const Napi::CallbackInfo&) { worker().stop = true; }

  Napi::Value step(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(owned_->step.load()));
  }

  const Options options_;
  /** Images of a batch that are this process's. */
  int64_t batch_size_ = options_.batch_size;
  const int64_t image_numbers_;
  const std::shared_ptr<Owned> owned_;
};

}  // namespace

void register_trainer(Napi::Env env, Napi::Object exports) {
  exports.Set("Trainer", TrainerBinding::define(env));
}

}  // namespace dcgan
