#include "synthetic_training.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "../../../native/core/kernels/random.h"
#include "../../../native/core/training/average.h"
#include "harness.h"

namespace dcgan {
namespace {

at::TensorOptions numbers_of(const Options& options) {
  return at::TensorOptions(at::kCPU).dtype(options.precision == "float64" ? at::kDouble : at::kFloat);
}

/** Some gradients are zero but for rounding: that of a bias where an objective only knows differences. */
constexpr double no_gradient = 1e-9;

void expect_gradient(const std::string& name, const at::Tensor& found, const at::Tensor& wanted,
                     double limit) {
  if (wanted.norm().item<double>() > no_gradient)
    return expect_close("gradient of " + name, found, wanted, limit);
  expect(found.norm().item<double>() <= 1e-6, name + " has a gradient");
}

/** Where nothing was to move, nothing but rounding did. */
void expect_change(const std::string& name, const at::Tensor& found, const at::Tensor& first,
                   const at::Tensor& wanted, double limit) {
  const auto change = found.to(at::kDouble) - first;
  if ((wanted - first).norm().item<double>() > no_gradient) {
    return expect_close("change of " + name, change, wanted - first, limit);
  }
  // Adam makes something of a gradient that is nothing but rounding.
  expect(change.norm().item<double>() <= 1e-5, name + " has moved");
}

}  // namespace

Training::Training(const Options& given, const Recipe& sizes, const ProcessGroup* group)
    : options(given),
      recipe(sizes),
      share(group == nullptr ? whole_batch(given.batch_size) : group->share_of(given.batch_size)),
      generator(make_generator(recipe, numbers_of(given), Use::training)),
      discriminator(make_discriminator(recipe, numbers_of(given))),
      average(make_generator(recipe, numbers_of(given), Use::inference)) {
  generator.initialise(options.seed);
  discriminator.initialise(options.seed);
  begin_average(generator, average);
  const TrainedNetworks networks = {generator, discriminator, options.ema > 0 ? &average : nullptr};
  step = std::make_unique<TrainStep>(options, networks, share, group);
}

at::Tensor Training::noise(int64_t number) const {
  const auto z = at::empty({options.batch_size, options.latent_size});
  fill_normal({options.seed, Purpose::noise, static_cast<uint64_t>(number)}, z.mutable_data_ptr<float>(),
              z.numel());
  return z;
}

at::Tensor Training::images(int64_t number) const {
  const auto centre = at::empty({options.batch_size, 2});
  fill_uniform({options.seed, Purpose::sample, static_cast<uint64_t>(number)}, 6,
               centre.mutable_data_ptr<float>(), centre.numel());
  const int64_t size = recipe.image_size();
  const auto axis = at::arange(size, at::kFloat) - static_cast<double>(size - 1) / 2;
  const auto distance = [&](int64_t i) {
    return (axis.view({1, -1}) - centre.select(1, i).view({-1, 1})).square();
  };
  const auto squares = distance(0).unsqueeze(2) + distance(1).unsqueeze(1);
  // Colours that differ, so that mixing up channels would show.
  const auto tints = at::linspace(1, 0.4, recipe.channels, at::kFloat);
  return (at::exp(-squares / 20) * 2 - 1).unsqueeze(3) * tints;
}

at::Tensor Training::labels(int64_t number) const {
  if (recipe.classes == 0) return {};
  const c10::InferenceMode off(false);
  return (at::arange(options.batch_size, at::kLong) * 7 + number) % recipe.classes;
}

at::Tensor Training::run(int64_t number) {
  const auto own = [&](const at::Tensor& all) { return all.narrow(0, share.first, share.count); };
  step->images.narrow(0, 0, share.count).copy_(own(images(number)));
  step->noise.copy_(own(noise(number)));
  if (recipe.classes > 0) step->labels.copy_(own(labels(number)));
  return take_step(number);
}

void expect_near(const std::string& what, double found, double wanted, double limit) {
  std::ostringstream message;
  message.precision(9);
  message << what << ": " << found << " where " << wanted << " was expected";
  expect(std::abs(found - wanted) <= limit * std::max(1.0, std::abs(wanted)), message.str());
}

void expect_reference(const Options& options, const Recipe& recipe, int64_t steps, const Limits& limits) {
  Training training(options, recipe);
  ReferenceStep reference(options, recipe, training.generator, training.discriminator);
  const auto start = reference.tensors;
  for (int64_t i = 0; i < steps; ++i) {
    const auto found = training.run(i);
    const auto wanted = reference.run(training.images(i), training.noise(i), training.labels(i), i);
    const auto name = " of step " + std::to_string(i + 1);
    expect_near("discriminator's loss" + name, found[0].item<double>(), wanted.discriminator, limits.loss);
    expect_near("generator's loss" + name, found[1].item<double>(), wanted.generator, limits.loss);
    expect_near("penalties" + name, found[3].item<double>(), wanted.penalty, limits.penalty);
    if (i > 0) continue;
    for (const auto* network : {&training.generator, &training.discriminator}) {
      if (network == &training.generator && options.discriminator_steps > 1) continue;
      for (const auto* trained : network->parameters.tensors()) {
        expect_gradient(trained->name, trained->gradient, reference.gradients.at(trained->name),
                        limits.gradient);
      }
    }
  }
  for (const auto* network : {&training.generator, &training.discriminator}) {
    for (const auto* trained : network->parameters.tensors()) {
      expect_change(trained->name, trained->value, start.at(trained->name),
                    reference.tensors.at(trained->name), limits.change);
    }
    for (const auto* moved : network->statistics) {
      expect_close(moved->name, moved->value, reference.tensors.at(moved->name), limits.change);
    }
  }
  if (options.ema == 0) return;
  for (const auto& [name, value] : training.average.state()) {
    expect_close("average of " + name, value - start.at(name), reference.average.at(name) - start.at(name),
                 limits.change);
  }
}

}  // namespace dcgan
