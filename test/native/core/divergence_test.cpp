#include <algorithm>
#include <cmath>

#include "../../../native/core/error.h"
#include "../../../native/core/ops/implementation.h"
#include "harness.h"
#include "small_training.h"

using namespace dcgan;

namespace {

/** The sentence of the ERR_DIVERGED that `body` must throw. */
template <typename F>
std::string sentence_of_divergence(const F& body) {
  try {
    body();
  } catch (const Error& error) {
    expect(std::string(error.code()) == "ERR_DIVERGED",
           std::string("another error was thrown: ") + error.what());
    return error.what();
  }
  throw std::runtime_error("nothing was thrown");
}

void expect_says(const std::string& sentence, const std::string& part) {
  expect(sentence.find(part) != std::string::npos, "'" + part + "' is not in: " + sentence);
}

struct Trained {
  explicit Trained(const std::string& precision = "float32")
      : trainer([&] {
          auto options = quick_options();
          options.precision = precision;
          return options;
        }()) {
    trainer.set_data(SharedImages::of(pixels_of(4).data(), 4, image_numbers), {}, {});
    take_steps(trainer, 2);
  }

  /** Every number of the state. */
  at::Tensor numbers() const {
    std::vector<at::Tensor> flat;
    for (const auto& [name, value] : trainer.state()) flat.push_back(value.reshape(-1));
    return at::cat(flat);
  }

  Trainer trainer;
};

/** Two images: all of `first`, all of `second`. */
std::vector<float> images_of(float first, float second) {
  std::vector<float> images(static_cast<size_t>(2 * image_numbers), second);
  std::fill_n(images.begin(), image_numbers, first);
  return images;
}

/** `images` make step 3 unsound in the way that is said of it; it must leave all as it was. */
void expect_refused(const std::string& precision, const std::vector<float>& images, const std::string& what) {
  Trained tested(precision), untouched(precision);
  const auto before = tested.numbers();
  const auto sentence =
      sentence_of_divergence([&] { tested.trainer.train_on_batch(images.data(), nullptr, nullptr); });
  expect_says(sentence, "The " + what + " of step 3 are not finite");
  expect_says(sentence, "smaller learningRate");
  expect(tested.trainer.step() == 2, "the step was counted");
  expect(at::equal(tested.numbers(), before), "the step has changed something");
  expect(take_steps(tested.trainer, 2).losses == take_steps(untouched.trainer, 2).losses,
         "the steps after it have other losses");
  expect(at::equal(tested.numbers(), untouched.numbers()), "the steps after it make other weights");
}

void expect_all_refused(const std::string& precision) {
  const float nan = std::nanf("");
  expect_refused(precision, images_of(nan, 0), "losses");
  // The loss is of the order of these numbers, the squares of the gradients are none of float32's.
  expect_refused(precision, images_of(1e21f, -1e21f), "gradients or batch statistics");
}

/** Writes `value` into one number of the tensor of that name. */
void spoil(Trainer& trainer, const std::string& name, float value) {
  for (const auto& tensor : trainer.tensors()) {
    if (tensor.name == name) tensor.value.view(-1)[0] = value;
  }
  trainer.continue_from(trainer.step());
}

const Register float32{
    "a step whose losses or gradients are not finite changes nothing, and the next goes on",
    [] { expect_all_refused("float32"); }};
const Register bfloat16{"a step in bfloat16 whose losses or gradients are not finite changes nothing",
                        [] { expect_all_refused("bfloat16"); }};
const Register composed{
    "a step of libtorch's operators whose losses or gradients are not finite changes nothing", [] {
      implementation().composed = true;
      expect_all_refused("float32");
    }};
const Register job{"a job whose first step fails leaves the trainer at the step before it", [] {
                     Trained trained;
                     // Finite, and the sums that it goes into are not.
                     spoil(trained.trainer, "generator.conv3.weight", 3e38f);
                     spoil(trained.trainer, "discriminator.dense.weight", 3e38f);
                     const auto before = trained.numbers();
                     expect_says(sentence_of_divergence([&] { take_steps(trained.trainer, 3); }), "step 3");
                     expect(trained.trainer.step() == 2, "the step was counted");
                     expect(at::equal(trained.numbers(), before), "the step has changed something");
                   }};
const Register given{
    "a state that is not finite is taken, but neither saved nor trained on, until a finite one is given", [] {
      Trained trained;
      auto& trainer = trained.trainer;
      for (const auto* name :
           {"discriminator.conv1.bias", "generator.norm2.running_var", "generator.norm3.running_mean",
            "adam.m.generator.dense.weight", "adam.v.discriminator.dense.bias"}) {
        spoil(trainer, name, std::nanf(""));
        expect_says(sentence_of_divergence([&] { trainer.state(); }), "setWeights");
        expect_says(sentence_of_divergence([&] { take_steps(trainer, 1); }), "step 3");
        spoil(trainer, name, 0);
        expect(!trainer.state().empty(), "there is no state");
      }
      take_steps(trainer, 1);
    }};
const Register negative{"a state with a negative second moment, which has no root, is not trained on", [] {
                          Trained trained;
                          spoil(trained.trainer, "adam.v.generator.dense.weight", -1);
                          sentence_of_divergence([&] { take_steps(trained.trainer, 1); });
                          spoil(trained.trainer, "adam.v.generator.dense.weight", 1);
                          take_steps(trained.trainer, 1);
                        }};
const Register drawing{"a trainer whose discriminator is not finite still draws", [] {
                         Trained trained;
                         spoil(trained.trainer, "discriminator.conv1.bias", std::nanf(""));
                         const std::vector<float> z(100, 0.5f);
                         std::vector<float> image(static_cast<size_t>(image_numbers));
                         trained.trainer.generate(z.data(), 1, image.data());
                         expect(std::isfinite(image[400]), "the picture is not finite");
                       }};
const Register not_drawn{
    "images that are not finite are an error, and so are logits", [] {
      Trained trained;
      const std::vector<float> z(100, 0.5f), image(static_cast<size_t>(image_numbers));
      std::vector<float> made(static_cast<size_t>(image_numbers));
      spoil(trained.trainer, "generator.norm3.running_mean", std::nanf(""));
      sentence_of_divergence([&] { trained.trainer.generate(z.data(), 1, made.data()); });
      spoil(trained.trainer, "discriminator.conv1.bias", std::nanf(""));
      sentence_of_divergence([&] { trained.trainer.discriminate(image.data(), nullptr, 1, made.data()); });
    }};

}  // namespace
