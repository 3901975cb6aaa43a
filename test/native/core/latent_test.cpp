#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <map>

#include "../../../native/core/latent/encoder.h"
#include "../../../native/core/latent/latent_search.h"
#include "../../../native/core/network/inference_pass.h"
#include "../../../native/core/network/recipe.h"
#include "harness.h"
#include "reference_layers.h"

using namespace dcgan;

namespace {

using Tensors = std::map<std::string, at::Tensor>;

struct Size {
  std::string name;
  int64_t image_size, channels, classes;
};

const std::vector<Size>& sizes() {
  static const std::vector<Size> all = {{"28×28", 28, 1, 0},
                                        {"32×32 in colour", 32, 3, 0},
                                        {"64×64 in colour with classes", 64, 3, 4},
                                        {"20×20 of five channels", 20, 5, 0},
                                        {"128×128", 128, 1, 0}};
  return all;
}

Options options_of(const Size& size) {
  Options options;
  options.image_size = size.image_size, options.channels = size.channels, options.classes = size.classes;
  options.features = 16, options.latent_size = 24, options.seed = 5;
  return options;
}

/** Numbers as after a training: nothing is 0 or 1 any more. */
void look_trained(const Network& network, uint64_t seed) {
  network.initialise(seed);
  at::manual_seed(seed);
  for (const auto& [name, value] : network.state()) {
    if (value.dim() > 1) continue;
    value.copy_(name.ends_with("_var")      ? at::rand(value.sizes()) + 0.3
                : name.ends_with(".weight") ? at::randn(value.sizes()) * 0.2 + 1
                                            : at::randn(value.sizes()) * 0.1);
  }
}

Tensors doubles(const Network& network) {
  Tensors tensors;
  for (const auto& [name, value] : network.state()) tensors[name] = value.to(at::kDouble, false, true);
  return tensors;
}

at::Tensor normed(Tensors& t, const std::string& name, const at::Tensor& x) {
  const auto rows = x.reshape({-1, x.size(-1)});
  const auto y =
      (rows - t[name + ".running_mean"]) / (t[name + ".running_var"] + 1e-3).sqrt() * t[name + ".weight"];
  return at::leaky_relu(y + t[name + ".bias"], 0.3).view(x.sizes());
}

/** G(z), z with the class weights behind it. */
at::Tensor drawn(Tensors& t, const Recipe& recipe, const at::Tensor& z) {
  auto x = normed(t, "generator.norm1", z.mm(t["generator.dense.weight"].t()));
  x = x.view({-1, recipe.base_size, recipe.base_size, recipe.features << recipe.levels});
  x = convolve_transposed(x, t["generator.conv1.weight"], 1);
  for (int64_t level = 1; level <= recipe.levels; ++level) {
    const auto number = std::to_string(level + 1);
    x = convolve_transposed(normed(t, "generator.norm" + number, x), t["generator.conv" + number + ".weight"],
                            2);
  }
  return x.tanh();
}

/** What the convolutions of a discriminator or a classifier make of images [B, features]. */
at::Tensor convolved(Tensors& t, const std::string& network, const Recipe& recipe, at::Tensor x) {
  for (int64_t level = 0; level < recipe.levels; ++level) {
    const auto name = network + ".conv" + std::to_string(level + 1);
    x = at::leaky_relu(convolve(x, t[name + ".weight"]) + t[name + ".bias"], 0.3);
  }
  return x.reshape({x.size(0), -1});
}

/**
 * For maps with so many numbers that one of some row lies within the rounding of a LeakyReLU's kink: that
 * row's gradient may be another one, by a little. All others are the same.
 */
void expect_rows_close(const std::string& what, const at::Tensor& found, const at::Tensor& wanted) {
  std::vector<double> errors;
  for (int64_t row = 0; row < found.size(0); ++row) errors.push_back(relative_rms(found[row], wanted[row]));
  std::sort(errors.begin(), errors.end());
  expect(errors[errors.size() - 2] <= 1e-5, what + " is another one in several rows");
  expect(errors.back() <= 1e-2, what + " is far off in a row");
}

std::vector<Register> register_gradients() {
  std::vector<Register> cases;
  for (const auto& size : sizes()) {
    cases.push_back(
        {"the gradient of a trained generator by its latents is that of autograd in float64, " + size.name,
         [size] {
           const Recipe recipe(options_of(size));
           const auto network = make_generator(recipe, at::kCPU, Use::inference);
           look_trained(network, 3);
           const auto z = at::randn({5, recipe.latent_size + recipe.classes});
           const auto counts = at::randn({5, size.image_size, size.image_size, size.channels});
           InferencePass pass(network);
           pass.forward(z);
           const auto found = pass.backward(counts.clone());

           const c10::InferenceMode off(false);
           auto tensors = doubles(network);
           auto wanted = z.to(at::kDouble, false, true).requires_grad_();
           (drawn(tensors, recipe, wanted) * counts.to(at::kDouble, false, true)).sum().backward();
           if (size.image_size < 128) return expect_close("dG/dz", found, wanted.grad(), 1e-5);
           expect_rows_close("dG/dz", found, wanted.grad());
         }});
  }
  return cases;
}
const auto gradients = register_gradients();

/** All terms at once; an own number of pixels of a row is known. */
std::vector<Register> register_objectives() {
  std::vector<Register> cases;
  for (const bool absolute : {false, true}) {
    cases.push_back(
        {std::string("what a search makes small, and its gradient, are those of autograd in float64, with ") +
             (absolute ? "magnitudes" : "squares") + " of differences",
         [absolute] {
           auto options = options_of(sizes()[2]);
           options.image_size = 32;
           const Recipe recipe(options);
           const auto generator = make_generator(recipe, at::kCPU, Use::inference);
           const auto discriminator = make_discriminator(recipe, at::kCPU, Use::inference);
           const auto classifier = make_classifier(recipe, at::kCPU, Use::inference);
           for (const auto* network : {&generator, &discriminator, &classifier}) look_trained(*network, 4);
           const auto z = at::randn({3, recipe.latent_size});
           const auto targets = at::rand({3, 32, 32, 3}) * 2 - 1;
           const auto weights = at::rand({3, 32, 32, 1}) * (at::rand({3, 32, 32, 1}) > 0.4);
           const auto labels = at::tensor({2, 0, 3}, at::kLong);
           const auto classes = at::one_hot(labels, recipe.classes).to(at::kFloat);
           const ObjectiveWeights counts = {
               .absolute = absolute, .features = 0.3, .realism = 0.2, .prior = 0.1};
           const LatentObjective objective({generator, &discriminator, &classifier}, counts, targets, weights,
                                           classes);
           const auto found = objective.at(z, true);

           const c10::InferenceMode off(false);
           const auto wide = [](const at::Tensor& x) { return x.to(at::kDouble, false, true); };
           auto g = doubles(generator), d = doubles(discriminator), f = doubles(classifier);
           auto wanted = wide(z).requires_grad_();
           const auto images = drawn(g, recipe, at::cat({wanted, wide(classes)}, 1));
           const auto w = wide(weights), known = (w > 0).to(at::kDouble);
           const auto describe = [&](const at::Tensor& x) {
             const auto rows = convolved(f, "classifier", recipe, x * known - (1 - known));
             return at::leaky_relu(
                 rows.mm(f["classifier.features.weight"].t()) + f["classifier.features.bias"], 0.3);
           };
           const auto off_target = images - wide(targets);
           const auto pixels = (absolute ? off_target.abs() : off_target.square()) * w;
           const auto target_features = describe(wide(targets));
           const auto apart = (describe(images) - target_features).square().sum(1);
           const auto rows = convolved(d, "discriminator", recipe, images);
           const auto logits =
               rows.mv(d["discriminator.dense.weight"][0]) + d["discriminator.dense.bias"] +
               (rows * d["discriminator.classes.weight"].index_select(0, labels.to(at::kLong, false, true)))
                   .sum(1);
           const auto losses = pixels.flatten(1).sum(1) / (w.flatten(1).sum(1) * 3) +
                               0.3 * apart / target_features.square().sum(1) + 0.2 * at::softplus(-logits) +
                               0.1 * wanted.square().sum(1) / recipe.latent_size;
           losses.sum().backward();
           expect_close("losses", found.losses, losses.detach(), 1e-5);
           expect_close("gradient", found.gradient, wanted.grad(), 1e-5);
         }});
  }
  return cases;
}
const auto objectives = register_objectives();

/** A search for what a generator drew from `z`. */
LatentProblem problem_of(const Network& generator, const at::Tensor& z, int64_t starts, int64_t pooling) {
  const int64_t n = z.size(0), size = generator.output()[0], s = size / pooling;
  const auto images = generator.infer(z, {});
  const auto seen = images.view({n, s, pooling, s, pooling, generator.output()[2]}).mean({2, 4}).contiguous();
  const auto numbers = [](const at::Tensor& x) {
    return std::vector<float>(x.const_data_ptr<float>(), x.const_data_ptr<float>() + x.numel());
  };
  LatentProblem problem;
  problem.pictures = n, problem.starts = starts, problem.pooling = pooling;
  problem.targets = numbers(seen);
  problem.latents = numbers(at::randn({n * starts, z.size(1)}));
  problem.latent_size = z.size(1), problem.steps = 60, problem.learning_rate = 0.1;
  return problem;
}

LatentSearch::Result found(LatentSearch& search) {
  auto progress = search.advance();
  while (progress.done < progress.of) progress = search.advance();
  return search.take_result();
}

const Register searches{
    "a search comes closer to what the generator drew, and gives the images of its latents", [] {
      const Recipe recipe(options_of(sizes()[0]));
      const auto generator = make_generator(recipe, at::kCPU, Use::inference);
      look_trained(generator, 6);
      for (const int64_t pooling : {1, 2}) {
        auto problem = problem_of(generator, at::randn({70, recipe.latent_size}), 3, pooling);
        problem.clip = 2.5;
        auto shorter = problem;
        shorter.steps = 1;
        LatentSearch search({generator, nullptr, nullptr}, problem),
            first({generator, nullptr, nullptr}, shorter);
        auto result = found(search);
        const auto before = found(first);
        for (size_t row = 0; row < result.losses.size(); ++row) {
          expect(result.losses[row] < 0.5F * before.losses[row], "a row did not come closer");
        }
        const auto z = at::from_blob(result.latents.data(), {210, recipe.latent_size});
        expect_close("images", at::from_blob(result.images.data(), {210, 28, 28, 1}), generator.infer(z, {}),
                     1e-5);
      }
    }};

const Register alone{"what a row finds does not depend on who goes with it", [] {
                       const Recipe recipe(options_of(sizes()[0]));
                       const auto generator = make_generator(recipe, at::kCPU, Use::inference);
                       look_trained(generator, 7);
                       auto both = problem_of(generator, at::randn({2, recipe.latent_size}), 1, 1);
                       auto first = both;
                       first.pictures = 1;
                       first.targets.resize(first.targets.size() / 2);
                       first.latents.resize(first.latents.size() / 2);
                       LatentSearch together({generator, nullptr, nullptr}, both),
                           single({generator, nullptr, nullptr}, first);
                       const auto of_both = found(together), of_one = found(single);
                       for (size_t i = 0; i < of_one.latents.size(); ++i) {
                         expect(of_both.latents[i] == of_one.latents[i], "the latents differ");
                       }
                     }};

const Register encodes{
    "an encoder that is trained guesses better than one that is not, with classes too", [] {
      for (const int64_t classes : {0, 3}) {
        auto options = options_of(sizes()[0]);
        options.classes = classes, options.batch_size = 32, options.learning_rate = 2e-3;
        const Recipe recipe(options);
        const auto generator = make_generator(recipe, at::kCPU, Use::inference);
        look_trained(generator, 8);
        EncoderTraining training(options, generator);
        const std::atomic<bool> go_on = false;
        const auto first = training.run(2, 60, go_on);
        training.run(50, 60, go_on);
        const auto last = training.run(8, 60, go_on);
        expect(last.step == 60, "steps are counted otherwise");
        expect(last.pixel_loss < 0.7 * first.pixel_loss, "the pixels did not come closer");
        std::vector<float> images(4 * 784), latents(4 * 24), logits(static_cast<size_t>(4 * classes));
        training.encoder().infer(images.data(), 4, latents.data(), logits.data());
        expect(at::from_blob(latents.data(), {4, 24}).isfinite().all().item<bool>(),
               "a latent is not finite");
      }
    }};

}  // namespace
