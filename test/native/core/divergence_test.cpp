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

Trainer trained(double learning_rate, const std::string& precision = "float32") {
  auto options = quick_options();
  options.learning_rate = learning_rate, options.precision = precision;
  return Trainer(options);
}

/** A rate that makes weights overflow, and a step whose own losses were finite. */
void expect_overflow_refused(const std::string& precision) {
  Trainer trainer(trained(1e39, precision));
  trainer.set_data(pixels_of(4).data(), 4, {});
  const auto sentence = sentence_of_divergence([&] { take_steps(trainer, 1); });
  expect_says(sentence, "The weights or statistics that step 1 made are not finite");
  expect_says(sentence, "smaller learningRate");
  expect_says(sentence_of_divergence([&] { trainer.state(); }), "after step 1 are not finite");
}

/** Writes `value` into one number of the tensor of that name. */
void spoil(Trainer& trainer, const std::string& name, float value) {
  for (const auto& tensor : trainer.tensors()) {
    if (tensor.name == name) tensor.value.view(-1)[0] = value;
  }
  trainer.continue_from(trainer.step());
}

const Register overflow_float32{
    "weights that overflow in a step of finite losses are told with that step, and not saved",
    [] { expect_overflow_refused("float32"); }};
const Register overflow_bfloat16{"weights that overflow in a step of finite losses are told in bfloat16, too",
                                 [] { expect_overflow_refused("bfloat16"); }};
const Register overflow_composed{
    "weights that overflow in a step of finite losses are told by libtorch's operators, too", [] {
      implementation().composed = true;
      expect_overflow_refused("float32");
    }};
const Register good_step{"a step that went well can be saved", [] {
                           Trainer trainer(trained(1e-4));
                           trainer.set_data(pixels_of(4).data(), 4, {});
                           take_steps(trainer, 2);
                           expect(!trainer.state().empty(), "there is no state");
                         }};
const Register given{
    "a state that is not finite is taken, but neither saved nor trained on, until a finite one is given", [] {
      Trainer trainer(trained(1e-4));
      trainer.set_data(pixels_of(4).data(), 4, {});
      for (const auto* name :
           {"discriminator.conv1.bias", "generator.norm2.running_var", "generator.norm3.running_mean",
            "adam.m.generator.dense.weight", "adam.v.discriminator.dense.bias"}) {
        spoil(trainer, name, std::nanf(""));
        sentence_of_divergence([&] { trainer.state(); });
        spoil(trainer, name, 0);
        expect(!trainer.state().empty(), "there is no state");
      }
      spoil(trainer, "generator.dense.weight", std::nanf(""));
      expect_says(sentence_of_divergence([&] { take_steps(trainer, 1); }), "step 1");
      sentence_of_divergence([&] { trainer.state(); });
    }};
const Register drawing{"a trainer that diverged still draws", [] {
                         Trainer trainer(trained(1e-4));
                         spoil(trainer, "discriminator.conv1.bias", std::nanf(""));
                         const std::vector<float> z(100, 0.5f);
                         std::vector<float> image(static_cast<size_t>(image_pixels));
                         trainer.generate(z.data(), 1, image.data());
                         expect(std::isfinite(image[400]), "the picture is not finite");
                       }};

}  // namespace
