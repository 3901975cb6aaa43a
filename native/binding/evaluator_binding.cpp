#include "evaluator_binding.h"

#include "../core/evaluation/classifier.h"
#include "../core/evaluation/comparison.h"
#include "../core/evaluation/nearest.h"
#include "../core/network/recipe.h"
#include "guest_object.h"

namespace dcgan {
namespace {

/** What the jobs share, made and freed on the worker's thread but where the worker is another object's. */
struct Evaluation {
  std::unique_ptr<Classifier> classifier;
  std::unique_ptr<ClassifierTraining> training;
  std::shared_ptr<FeatureSet> reference;
  std::unique_ptr<Comparison> comparison;
  std::unique_ptr<Nearest> nearest;
};

class EvaluatorBinding : public GuestObject<EvaluatorBinding, Evaluation> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Evaluator",
        {method<&EvaluatorBinding::open>("open"), method<&EvaluatorBinding::train>("train"),
         method<&EvaluatorBinding::set_training>("setTraining"), method<&EvaluatorBinding::state>("state"),
         method<&EvaluatorBinding::classify>("classify"),
         method<&EvaluatorBinding::set_reference>("setReference"),
         method<&EvaluatorBinding::compare>("compare"), method<&EvaluatorBinding::advance>("advance"),
         method<&EvaluatorBinding::set_nearest>("setNearest"), method<&EvaluatorBinding::look_at>("lookAt"),
         method<&EvaluatorBinding::nearest>("nearest"), dispose_method()});
  }

  explicit EvaluatorBinding(const Napi::CallbackInfo& info) : GuestObject(info) {}

 private:
  Napi::Value open(const Napi::CallbackInfo& info) {
    return submit(info,
                  [tensors = state_argument(info, 0), options = options_](Evaluation& it) -> Worker::Result {
                    auto classifier = std::make_unique<Classifier>(options, Use::inference);
                    fill_from(tensors, classifier->network().state());
                    it.classifier = std::move(classifier);
                    return nullptr;
                  });
  }

  Napi::Value set_training(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    const auto bytes = bytes_of(info[0]);
    if (bytes.count != count * image_numbers_) {
      throw Napi::TypeError::New(info.Env(), "A Uint8Array of whole images was expected.");
    }
    const auto images = SharedImages::of(bytes.data, count, image_numbers_);
    return submit(info,
                  [images, options = options_,
                   labels = labels_argument(info, 2, count, options_)](Evaluation& it) -> Worker::Result {
                    it.training = std::make_unique<ClassifierTraining>(options, images, labels);
                    return nullptr;
                  });
  }

  Napi::Value train(const Napi::CallbackInfo& info) {
    const int64_t steps = integer_argument(info, 0, 1), all = integer_argument(info, 1, 1);
    return submit(info, [steps, all, worker = &worker()](Evaluation& it) -> Worker::Result {
      return [run = made(it.training, "setTraining()").run(steps, all, worker->stop)](napi_env env) {
        return object(
            env, {{"step", number(env, static_cast<double>(run.step))}, {"loss", number(env, run.loss)}});
      };
    });
  }

  Napi::Value state(const Napi::CallbackInfo& info) {
    return submit(info, [](Evaluation& it) -> Worker::Result {
      const auto& network = made(it.training, "setTraining()").classifier().network();
      return [tensors = to_host(network.state())](napi_env env) { return state_object(env, tensors); };
    });
  }

  Napi::Value classify(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    return submit(
        info,
        [images = float_argument(info, 0, count * image_numbers_), count,
         classes = options_.classes](Evaluation& it) -> Worker::Result {
          const auto& classifier = it.training ? it.training->classifier() : made(it.classifier, "open()");
          std::vector<float> features(static_cast<size_t>(count * classifier_features));
          std::vector<float> logits(static_cast<size_t>(count * classes));
          classifier.infer(images.data(), count, features.data(), logits.data());
          return [features = std::move(features), logits = std::move(logits)](napi_env env) {
            return object(env,
                          {{"features", float_array(env, features)}, {"logits", float_array(env, logits)}});
          };
        });
  }

  Napi::Value set_reference(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1), dims = integer_argument(info, 2, 1);
    return submit(
        info,
        [values = float_argument(info, 0, count * dims), dims](Evaluation& it) mutable -> Worker::Result {
          it.reference = std::make_shared<FeatureSet>(std::move(values), dims);
          return nullptr;
        });
  }

  Napi::Value compare(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1), dims = integer_argument(info, 2, 1);
    const int64_t classes = integer_argument(info, 4, 0), seed = integer_argument(info, 5, 0);
    auto logits = classes == 0 ? std::vector<float>() : float_argument(info, 3, count * classes);
    return submit(info,
                  [values = float_argument(info, 0, count * dims), logits = std::move(logits), dims,
                   seed](Evaluation& it) mutable -> Worker::Result {
                    if (!it.reference) throw Error("ERR_NATIVE", "setReference() comes before this call.");
                    it.comparison = std::make_unique<Comparison>(
                        it.reference, std::make_shared<FeatureSet>(std::move(values), dims),
                        std::move(logits), static_cast<uint64_t>(seed));
                    return nullptr;
                  });
  }

  Napi::Value advance(const Napi::CallbackInfo& info) {
    return submit(info, [](Evaluation& it) -> Worker::Result {
      auto& comparison = made(it.comparison, "compare()");
      const auto progress = comparison.advance();
      const bool is_done = progress.done == progress.of;
      auto figures = is_done ? comparison.figures() : std::map<std::string, Figure>();
      std::vector<float> histogram(comparison.histogram().begin(), comparison.histogram().end());
      if (is_done) it.comparison.reset();
      return [progress, figures = std::move(figures), histogram = std::move(histogram)](napi_env env) {
        std::vector<std::pair<const char*, napi_value>> named;
        for (const auto& [name, figure] : figures) {
          named.emplace_back(name.c_str(), object(env, {{"value", number(env, figure.value)},
                                                        {"error", number(env, figure.error)}}));
        }
        return object(env, {{"done", number(env, static_cast<double>(progress.done))},
                            {"of", number(env, static_cast<double>(progress.of))},
                            {"figures", object(env, named)},
                            {"histogram", float_array(env, histogram)}});
      };
    });
  }

  Napi::Value set_nearest(const Napi::CallbackInfo& info) {
    const int64_t count = integer_argument(info, 1, 1);
    return submit(info,
                  [images = float_argument(info, 0, count * image_numbers_),
                   numbers = image_numbers_](Evaluation& it) mutable -> Worker::Result {
                    it.nearest = std::make_unique<Nearest>(std::move(images), numbers);
                    return nullptr;
                  });
  }

  Napi::Value look_at(const Napi::CallbackInfo& info) {
    const auto bytes = bytes_of(info[0]);
    if (bytes.count == 0 || bytes.count % image_numbers_ != 0) {
      throw Napi::TypeError::New(info.Env(), "A Uint8Array of whole images was expected.");
    }
    // Copied, as the array is the caller's again once this has returned.
    return submit(info,
                  [pixels = std::vector<uint8_t>(bytes.data, bytes.data + bytes.count),
                   count = bytes.count / image_numbers_](Evaluation& it) -> Worker::Result {
                    made(it.nearest, "setNearest()").look_at(pixels.data(), count);
                    return nullptr;
                  });
  }

  Napi::Value nearest(const Napi::CallbackInfo& info) {
    return submit(info, [](Evaluation& it) -> Worker::Result {
      const auto distances = made(it.nearest, "setNearest()").distances();
      it.nearest.reset();
      return [distances](napi_env env) { return float_array(env, distances); };
    });
  }
};

}  // namespace

void register_evaluator(Napi::Env env, Napi::Object exports) {
  exports.Set("Evaluator", EvaluatorBinding::define(env));
}

}  // namespace dcgan
