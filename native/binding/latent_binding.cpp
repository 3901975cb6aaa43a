#include "latent_binding.h"

#include "../core/device.h"
#include "../core/latent/encoder.h"
#include "../core/latent/latent_search.h"
#include "../core/network/recipe.h"
#include "guest_object.h"

namespace dcgan {
namespace {

/** What the jobs share, made on the worker's thread. */
struct LatentTools {
  std::unique_ptr<Network> generator, discriminator, classifier;
  std::unique_ptr<LatentSearch> search;
  std::unique_ptr<EncoderTraining> training;
  std::unique_ptr<Encoder> encoder;
};

class LatentSearchBinding : public GuestObject<LatentSearchBinding, LatentTools> {
 public:
  static Napi::Function define(Napi::Env env) {
    using Self = LatentSearchBinding;
    return DefineClass(
        env, "LatentSearch",
        {method<&Self::open>("open"), method<&Self::begin>("begin"), method<&Self::advance>("advance"),
         method<&Self::result>("result"), method<&Self::begin_encoder>("beginEncoder"),
         method<&Self::train_encoder>("trainEncoder"), method<&Self::encoder_state>("encoderState"),
         method<&Self::open_encoder>("openEncoder"), method<&Self::encode>("encode"), dispose_method()});
  }

  explicit LatentSearchBinding(const Napi::CallbackInfo& info) : GuestObject(info) {}

 private:
  Napi::Value open(const Napi::CallbackInfo& info) {
    const bool judges = info[1].IsObject(), describes = info[2].IsObject();
    const auto of_classifier = describes ? info[2].As<Napi::Object>() : Napi::Object::New(info.Env());
    return submit(info,
                  [generator = state_of(info[0]), options = options_,
                   discriminator = judges ? state_of(info[1]) : std::vector<HostTensor>(),
                   classifier = describes ? state_of(of_classifier.Get("state")) : std::vector<HostTensor>(),
                   classifier_options = describes ? options_of(of_classifier.Get("options"))
                                                  : options_](LatentTools& it) -> Worker::Result {
                    const auto device = open_device(options);
                    const Recipe recipe(options);
                    LatentTools opened;
                    const auto fill = [](std::unique_ptr<Network>& to, Network network,
                                         const std::vector<HostTensor>& from) {
                      fill_from(from, network.state());
                      to = std::make_unique<Network>(std::move(network));
                    };
                    fill(opened.generator, make_generator(recipe, device, Use::inference), generator);
                    if (!discriminator.empty()) {
                      fill(opened.discriminator, make_discriminator(recipe, device, Use::inference),
                           discriminator);
                    }
                    if (!classifier.empty()) {
                      fill(opened.classifier,
                           make_classifier(Recipe(classifier_options), device, Use::inference), classifier);
                    }
                    it = std::move(opened);
                    return nullptr;
                  });
  }

  Napi::Value begin(const Napi::CallbackInfo& info) {
    return submit(info, [problem = problem_argument(info)](LatentTools& it) mutable -> Worker::Result {
      const SearchNetworks networks = {made(it.generator, "open()"), it.discriminator.get(),
                                       it.classifier.get()};
      it.search = std::make_unique<LatentSearch>(networks, std::move(problem));
      return nullptr;
    });
  }

  Napi::Value advance(const Napi::CallbackInfo& info) {
    return submit(info, [](LatentTools& it) -> Worker::Result {
      return [progress = made(it.search, "begin()").advance()](napi_env env) {
        return object(env, {{"done", number(env, static_cast<double>(progress.done))},
                            {"of", number(env, static_cast<double>(progress.of))}});
      };
    });
  }

  Napi::Value result(const Napi::CallbackInfo& info) {
    return submit(info, [](LatentTools& it) -> Worker::Result {
      auto result = made(it.search, "begin()").take_result();
      it.search.reset();
      return [result = std::move(result)](napi_env env) {
        return object(env, {{"latents", float_array(env, result.latents)},
                            {"images", float_array(env, result.images)},
                            {"losses", float_array(env, result.losses)}});
      };
    });
  }

  Napi::Value begin_encoder(const Napi::CallbackInfo& info) {
    return submit(info, [options = options_argument(info, 0)](LatentTools& it) -> Worker::Result {
      it.training = std::make_unique<EncoderTraining>(options, made(it.generator, "open()"));
      return nullptr;
    });
  }

  Napi::Value train_encoder(const Napi::CallbackInfo& info) {
    const int64_t steps = integer_argument(info, 0, 1), all = integer_argument(info, 1, 1);
    return submit(info, [steps, all, worker = &worker()](LatentTools& it) -> Worker::Result {
      return [run = made(it.training, "beginEncoder()").run(steps, all, worker->stop)](napi_env env) {
        return object(env, {{"step", number(env, static_cast<double>(run.step))},
                            {"latentLoss", number(env, run.latent_loss)},
                            {"pixelLoss", number(env, run.pixel_loss)}});
      };
    });
  }

  Napi::Value encoder_state(const Napi::CallbackInfo& info) {
    return submit(info, [](LatentTools& it) -> Worker::Result {
      const auto& network = made(it.training, "beginEncoder()").encoder().network();
      return [tensors = to_host(network.state())](napi_env env) { return state_object(env, tensors); };
    });
  }

  Napi::Value open_encoder(const Napi::CallbackInfo& info) {
    return submit(info,
                  [options = options_argument(info, 0),
                   tensors = state_argument(info, 1)](LatentTools& it) -> Worker::Result {
                    auto encoder = std::make_unique<Encoder>(options, Use::inference);
                    fill_from(tensors, encoder->network().state());
                    it.encoder = std::move(encoder);
                    return nullptr;
                  });
  }

  Napi::Value encode(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    return submit(info,
                  [images = float_argument(info, 0, count * image_numbers_), count,
                   options = options_](LatentTools& it) -> Worker::Result {
                    const auto& encoder = made(it.encoder, "openEncoder()");
                    std::vector<float> latents(static_cast<size_t>(count * options.latent_size));
                    std::vector<float> logits(static_cast<size_t>(count * options.classes));
                    encoder.infer(images.data(), count, latents.data(), logits.data());
                    return [latents = std::move(latents), logits = std::move(logits)](napi_env env) {
                      return object(env, {{"latents", float_array(env, latents)},
                                          {"logits", float_array(env, logits)}});
                    };
                  });
  }

  LatentProblem problem_argument(const Napi::CallbackInfo& info) const {
    if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "An object of a problem was expected.");
    const auto given = info[0].As<Napi::Object>();
    const Recipe recipe(options_);
    LatentProblem problem;
    problem.latent_size = options_.latent_size;
    problem.starts = whole_number(given.Get("starts"), 1);
    problem.pooling = whole_number(given.Get("pooling"), 1);
    problem.steps = whole_number(given.Get("steps"), 1);
    problem.learning_rate = number_of(given, "learningRate");
    problem.counts.absolute = given.Get("absolute").ToBoolean();
    problem.counts.features = number_of(given, "featureWeight");
    problem.counts.realism = number_of(given, "realismWeight");
    problem.counts.prior = number_of(given, "priorWeight");
    problem.clip = number_of(given, "clip");
    problem.seed = static_cast<uint64_t>(whole_number(given.Get("seed"), 0));
    problem.targets = floats_of(given.Get("targets"));
    const int64_t size = recipe.image_size() / problem.pooling;
    const int64_t known = size * size * recipe.channels;
    if (known == 0 || problem.targets.empty() || static_cast<int64_t>(problem.targets.size()) % known != 0) {
      throw Napi::TypeError::New(info.Env(), "Targets of whole images were expected.");
    }
    problem.pictures = static_cast<int64_t>(problem.targets.size()) / known;
    const auto weights = given.Get("weights");
    if (!weights.IsNull()) problem.weights = floats_of(weights);
    const int64_t rows = problem.pictures * problem.starts;
    const Latents begins = {rows, floats_of(given.Get("latents"), rows * options_.latent_size), 0, 0,
                            class_weights_of(given.Get("labels"), rows, options_.classes)};
    problem.latents = draw({begins}, options_);
    return problem;
  }
};

}  // namespace

void register_latent_search(Napi::Env env, Napi::Object exports) {
  exports.Set("LatentSearch", LatentSearchBinding::define(env));
}

}  // namespace dcgan
