#include "../../../native/core/ops/implementation.h"
#include "harness.h"
#include "synthetic_training.h"

using namespace dcgan;

namespace {

/**
 * The kernels of our own against the compositions that other devices run,
 * without masks: these differ.
 */
void expect_composed(const std::string& precision, double loss_limit) {
  Options options;
  options.batch_size = 9, options.dropout = 0, options.seed = 3, options.precision = precision;
  Training own(options);
  implementation().composed = true;
  Training composed(options);
  for (int64_t i = 0; i < 5; ++i) {
    implementation().composed = false;
    const auto wanted = own.run(i);
    implementation().composed = true;
    const auto found = composed.run(i);
    for (const auto network : {0, 1}) {
      expect_near("loss " + std::to_string(network) + " of step " + std::to_string(i + 1),
                  found[network].item<double>(), wanted[network].item<double>(), loss_limit);
    }
  }
}

/** All that a step may change. */
std::vector<at::Tensor> state_of(const Training& training) {
  std::vector<at::Tensor> state;
  for (const auto* network : {&training.generator, &training.discriminator}) {
    const auto& parameters = network->parameters;
    for (const auto* flat : {&parameters.values, &parameters.m, &parameters.v})
      state.push_back(flat->clone());
    for (const auto* moved : network->statistics) state.push_back(moved->value.clone());
  }
  return state;
}

bool same(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), at::equal);
}

/** An unsound step, and sound ones after it that nobody has looked at. */
void expect_held_up() {
  Options options;
  options.batch_size = 3;
  Training training(options);
  training.run(0);
  const auto before = state_of(training);
  training.step->images.fill_(std::nanf(""));
  training.take_step(1);
  expect(same(state_of(training), before), "the unsound step has changed something");
  const auto next = training.run(1);
  expect(at::isfinite(next).all().item<bool>(), "the step after it is unsound, too");
  expect(same(state_of(training), before), "the step after it has changed something");
  training.step->begin();
  expect(at::equal(training.run(1), next), "the same step has other losses");
  expect(!same(state_of(training), before), "no step changes anything any more");
}

Options small_batch() {
  Options options;
  options.batch_size = 9;
  options.seed = 11;
  return options;
}

// In its first steps Adam moves a weight by the sign of its gradient, so gradients within the
// rounding of zero may send it the other way: losses drift apart faster than an operator's error,
// which is ten times that of a plain sum in the transform domain.
const Register transform{
    "20 fused steps with dropout are those of the unfused float64 step with the same masks",
    [] { expect_reference(small_batch(), Recipe(small_batch()), 20, {5e-4, 0.1}); }};
const Register direct{
    "20 fused steps on libtorch's convolutions are those of the unfused float64 step with the same masks",
    [] {
      implementation().direct_convolutions = true;
      expect_reference(small_batch(), Recipe(small_batch()), 20, {1e-6, 2e-3});
    }};
const Register other_sizes{
    "5 fused steps of networks with other sizes, levels and colours are those of the unfused float64 step",
    [] {
      auto options = small_batch();
      options.epsilon = steady_epsilon;
      for (const int64_t levels : {1, 3}) {
        Recipe recipe(options);
        recipe.base_size = 5, recipe.levels = levels, recipe.channels = 3, recipe.features = 16;
        expect_reference(options, recipe, 5, {1e-6, 2e-3});
      }
    }};
const Register bfloat16{"20 fused steps in bfloat16 stay near those of the unfused float64 step", [] {
                          auto options = small_batch();
                          options.precision = "bfloat16";
                          expect_reference(options, Recipe(options), 20, {2e-2, 0.5});
                        }};
const Register composed_float32{
    "steps composed of libtorch's operators, as on other devices, have the losses of our kernels in float32",
    [] { expect_composed("float32", 1e-4); }};
const Register composed_bfloat16{
    "steps composed of libtorch's operators, as on other devices, have the losses of our kernels in bfloat16",
    [] { expect_composed("bfloat16", 3e-2); }};
const Register held_up{
    "an unsound step changes nothing, nor does one after it until its result was looked at",
    [] { expect_held_up(); }};
const Register held_up_composed{
    "an unsound step of libtorch's operators changes nothing, nor does one after it until its result was "
    "looked at",
    [] {
      implementation().composed = true;
      expect_held_up();
    }};
const Register composed_masks{
    "the composed steps draw the same masks again for the same step, and others for the next", [] {
      implementation().composed = true;
      const auto losses = [](int64_t number) { return Training(small_batch()).run(number)[0].item<float>(); };
      const float first = losses(0);
      expect(losses(0) == first, "the masks of one step differ");
      auto other = small_batch();
      Training training(other);
      training.step->images.narrow(0, 0, other.batch_size).copy_(training.images(0));
      training.step->noise.copy_(training.noise(0));
      expect(training.take_step(1)[0].item<float>() != first, "two steps have the same masks");
    }};

}  // namespace
