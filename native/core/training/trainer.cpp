#include "trainer.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "../device.h"
#include "../error.h"
#include "../kernels/random.h"
#include "../network/recipe.h"
#include "../ops/magnitude.h"

namespace dcgan {

Trainer::Trainer(const Options& options)
    : options_(options),
      device_(open_device(options_)),
      generator_(make_generator(Recipe(options_), device_, Use::training)),
      discriminator_(make_discriminator(Recipe(options_), device_)),
      learning_rate_(options_.learning_rate) {
  generator_.initialise(options_.seed);
  discriminator_.initialise(options_.seed);
}

void Trainer::set_data(std::shared_ptr<const SharedImages> images, EpochOrigin origin) {
  data_ = std::make_unique<Dataset>(std::move(images), origin, device_);
}

TrainStep& Trainer::train_step() {
  if (!train_step_) train_step_ = std::make_unique<TrainStep>(options_, generator_, discriminator_);
  return *train_step_;
}

void Trainer::draw_noise() {
  const auto& noise = train_step().noise;
  // From pinned memory the copy does not wait for the steps before; the allocator reuses it
  // when it is over.
  const auto drawn =
      device_.is_cpu() ? noise : at::empty(noise.sizes(), at::TensorOptions(at::kFloat).pinned_memory(true));
  fill_normal({options_.seed, Purpose::noise, static_cast<uint64_t>(step_)}, drawn.mutable_data_ptr<float>(),
              drawn.numel());
  if (!device_.is_cpu()) noise.copy_(drawn, /*non_blocking=*/true);
}

void Trainer::check_state() const {
  if (finite_) return;
  throw Error("ERR_DIVERGED", "The weights, moments or statistics that step " + std::to_string(step_ + 1) +
                                  " would begin with are not finite, or a second moment is negative. Give "
                                  "others with setWeights, or load a checkpoint.");
}

void Trainer::check_results(const float* results, int64_t steps) {
  for (int64_t i = 0; i < steps; ++i) {
    const float* result = results + 3 * i;
    const bool losses = std::isfinite(result[0]) && std::isfinite(result[1]);
    if (losses && std::isfinite(result[2])) continue;
    step_ -= steps - i;
    throw Error("ERR_DIVERGED",
                (losses ? "The gradients or batch statistics of step " : "The losses of step ") +
                    std::to_string(step_ + 1) +
                    " are not finite: training diverged. The step changed nothing. Resume from "
                    "the last checkpoint with a smaller learningRate.");
  }
}

Trainer::Run Trainer::run(int64_t steps, const std::atomic<bool>& stop) {
  if (!data_) throw Error("ERR_NATIVE", "No data was set before run().");
  check_state();
  const auto start = std::chrono::steady_clock::now();
  auto& train_step = this->train_step();
  train_step.begin();
  std::vector<at::Tensor> results;
  while (static_cast<int64_t>(results.size()) < steps && !stop) {
    draw_noise();
    train_step.profile("gather", [&] {
      data_->gather(step_, options_.seed, train_step.images.narrow(0, 0, options_.batch_size));
    });
    // Its place first: a step that was taken must be counted.
    auto& result = results.emplace_back();
    result = train_step.run(step_, learning_rate_);
    ++step_;
    // On the CPU the result is there; on a GPU reading it would wait for the step, so it is
    // read after the last.
    if (device_.is_cpu()) check_results(result.const_data_ptr<float>(), 1);
  }
  Run run{step_, {}, 0, train_step.take_notice()};
  if (!results.empty()) {
    const auto all = at::stack(results).cpu();
    check_results(all.const_data_ptr<float>(), all.size(0));
    const auto losses = all.narrow(1, 0, 2).contiguous();
    run.losses.assign(losses.const_data_ptr<float>(), losses.const_data_ptr<float>() + losses.numel());
  }
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

std::map<std::string, double> Trainer::profile(int64_t steps) {
  auto& profile = train_step().profile;
  const Profile::Enabled enabled(profile);
  const std::atomic<bool> never = false;
  run(steps, never);
  return profile.seconds;
}

std::array<float, 2> Trainer::train_on_batch(const float* images, const float* noise) {
  check_state();
  draw_noise();
  auto& train_step = this->train_step();
  const int64_t batch = options_.batch_size;
  const auto reals = train_step.images.narrow(0, 0, batch);
  if (noise != nullptr) {
    train_step.noise.copy_(at::from_blob(const_cast<float*>(noise), train_step.noise.sizes()));
  }
  reals.copy_(at::from_blob(const_cast<float*>(images), reals.sizes()));
  train_step.begin();
  const auto result = train_step.run(step_, learning_rate_);
  ++step_;
  const auto local = result.cpu();
  const auto* values = local.const_data_ptr<float>();
  check_results(values, 1);
  return {values[0], values[1]};
}

void Trainer::generate(const float* z, int64_t count, float* images) const {
  generator_.infer(z, count, images);
}

void Trainer::discriminate(const float* images, int64_t count, float* logits) const {
  discriminator_.infer(images, count, logits);
}

std::vector<NamedTensor> Trainer::tensors() const {
  std::vector<NamedTensor> tensors;
  for (const auto* network : {&generator_, &discriminator_}) {
    for (auto& tensor : network->state()) tensors.push_back(std::move(tensor));
  }
  for (const auto* network : {&generator_, &discriminator_}) {
    for (const auto* trained : network->parameters.tensors()) {
      tensors.push_back({"adam.m." + trained->name, trained->m});
      tensors.push_back({"adam.v." + trained->name, trained->v});
    }
  }
  return tensors;
}

std::vector<NamedTensor> Trainer::state() const {
  check_state();
  return tensors();
}

void Trainer::continue_from(int64_t step) {
  step_ = step;
  // Until all has been looked at.
  finite_ = false;
  const auto largest = at::zeros({}, at::TensorOptions(device_).dtype(at::kFloat));
  for (const auto& [name, value] : tensors()) include_magnitudes(value, largest);
  for (const Parameters* parameters : {&generator_.parameters, &discriminator_.parameters}) {
    // NaN where one is negative.
    include_magnitudes(parameters->v.sqrt(), largest);
  }
  finite_ = std::isfinite(largest.item<float>());
}

}  // namespace dcgan
