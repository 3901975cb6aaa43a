#include <functional>

#include "../../../native/core/ops/implementation.h"
#include "../../../native/core/training/objective.h"
#include "harness.h"
#include "synthetic_training.h"

using namespace dcgan;

namespace {

/** What is tried, in words, and how the options say it. */
struct Variant {
  std::string name;
  std::function<void(Options&)> set;
};

/**
 * Small images, so that the reference, which knows no shortcut, is quick; a batch whose derivatives of 1/8
 * are exact.
 */
Options small_options() {
  Options options;
  options.batch_size = 8, options.seed = 11, options.image_size = 16, options.channels = 3,
  options.features = 16;
  return options;
}

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all = {
      {"bce with smoothed labels", [](Options& o) { o.label_smoothing = 0.1; }},
      {"the hinge loss", [](Options& o) { o.objective = "hinge"; }},
      {"least squares", [](Options& o) { o.objective = "lsgan"; }},
      {"Wasserstein with a gradient penalty",
       [](Options& o) { o.objective = "wasserstein", o.gradient_penalty = 10; }},
      {"the relativistic loss", [](Options& o) { o.objective = "relativistic"; }},
      {"bce with R1", [](Options& o) { o.r1 = 5; }},
      {"bce with R2", [](Options& o) { o.r2 = 5; }},
      {"relativistic with R1 and R2", [](Options& o) { o.objective = "relativistic", o.r1 = 3, o.r2 = 2; }},
      {"all three penalties", [](Options& o) { o.r1 = 3, o.r2 = 2, o.gradient_penalty = 4; }},
      {"bce with spectral normalisation", [](Options& o) { o.spectral_norm = true; }},
      {"hinge with spectral normalisation and classes",
       [](Options& o) { o.objective = "hinge", o.spectral_norm = true, o.classes = 4; }},
      {"bce with classes", [](Options& o) { o.classes = 4; }},
      {"R1 with spectral normalisation and classes",
       [](Options& o) { o.r1 = 5, o.spectral_norm = true, o.classes = 4; }},
      {"augmented images", [](Options& o) { o.translate = o.cutout = o.colour = true; }},
      {"R1 and R2 at augmented images",
       [](Options& o) { o.translate = o.cutout = o.colour = true, o.r1 = 5, o.r2 = 5; }},
      {"three steps of the discriminator for one of the generator",
       [](Options& o) { o.discriminator_steps = 3; }},
      {"two rates and a cosine",
       [](Options& o) {
         o.learning_rate_generator = 2e-4, o.learning_rate_discriminator = 3e-4, o.schedule_steps = 8;
         o.final_learning_rate = 1e-5, o.final_beta2 = 0.9, o.r1 = 5, o.final_r1 = 0.5, o.r2 = 1,
         o.final_r2 = 2;
       }},
      {"an average of the generator", [](Options& o) { o.ema = 40; }},
      {"everything", [](Options& o) {
         o.objective = "relativistic", o.r1 = 3, o.r2 = 2, o.spectral_norm = true, o.classes = 4, o.ema = 40;
         o.translate = o.cutout = o.colour = true, o.schedule_steps = 8, o.final_learning_rate = 1e-5;
       }}};
  return all;
}

void expect_variant(const Variant& variant, const std::string& precision, const Limits& limits) {
  auto options = small_options();
  options.precision = precision;
  if (precision == "float32") options.epsilon = steady_epsilon;
  variant.set(options);
  implementation().direct_convolutions = true;
  expect_reference(options, Recipe(options), 10, limits);
}

const bool registered = [] {
  for (const auto& variant : variants()) {
    cases().push_back(
        {"10 steps of " + variant.name + " in float64 are those of autograd, gradient by gradient",
         [&] { expect_variant(variant, "float64", {1e-9, 1e-6, 1e-6, 1e-9}); }});
    cases().push_back({"10 steps of " + variant.name + " in float32 are near those of the float64 step",
                       [&] { expect_variant(variant, "float32", {1e-6, 2e-3, 1e-4, 1e-4}); }});
  }
  cases().push_back(
      {"however sure the discriminator is, bce's two derivatives by a fake's logit have their exact ratio",
       [] {
         const auto logits = at::cat({at::linspace(-50, 50, 101), at::linspace(-200, 200, 101)});
         const auto found = losses(Objective::bce, 0, logits);
         const auto wide = logits.to(at::kDouble), real = wide.narrow(0, 0, 101),
                    fake = wide.narrow(0, 101, 101);
         const auto bce = [](const at::Tensor& x) {
           return (x.clamp_min(0) + at::log1p(at::exp(-x.abs()))).mean();
         };
         expect_close("losses", found.values, at::stack({bce(-real) + bce(fake), bce(-fake)}), 1e-6);
         expect_close("discriminator's derivatives", found.discriminator,
                      at::cat({-at::sigmoid(-real), at::sigmoid(fake)}), 1e-6);
         const auto of_fakes = found.discriminator.narrow(0, 101, 101);
         expect((of_fakes > 0).all().item<bool>(), "a derivative vanishes");
         expect_close("generator's derivatives", of_fakes * (found.generator / of_fakes), -at::sigmoid(-fake),
                      1e-6);
       }});
  return true;
}();

}  // namespace
