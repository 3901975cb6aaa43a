#include "trainer.h"

#include <chrono>
#include <cmath>
#include <string_view>
#include <utility>

#include "../device.h"
#include "../error.h"
#include "../kernels/philox.h"
#include "../network/recipe.h"
#include "../ops/magnitude.h"
#include "average.h"
#include "host_numbers.h"

namespace dcgan {

Trainer::Trainer(const Options& options, std::shared_ptr<const ProcessGroup> group)
    : options_(options),
      group_(std::move(group)),
      share_(group_ ? group_->share_of(options.batch_size) : whole_batch(options.batch_size)),
      device_(open_device(options_)),
      generator_(make_generator(Recipe(options_), device_, Use::training)),
      discriminator_(make_discriminator(Recipe(options_), device_)) {
  generator_.initialise(options_.seed);
  discriminator_.initialise(options_.seed);
  if (options_.ema == 0) return;
  average_ = std::make_unique<Network>(make_generator(Recipe(options_), device_, Use::inference));
  begin_average(generator_, *average_);
}

void Trainer::set_learning_rates(double both, std::optional<double> generator,
                                 std::optional<double> discriminator) {
  options_.learning_rate = both;
  options_.learning_rate_generator = generator;
  options_.learning_rate_discriminator = discriminator;
}

void Trainer::set_data(TrainingImages images, const std::vector<int64_t>& labels, EpochOrigin origin) {
  data_ = std::make_unique<Dataset>(std::move(images), labels, origin, device_);
}

TrainStep& Trainer::train_step() {
  if (!train_step_) {
    const TrainedNetworks networks = {generator_, discriminator_, average_.get()};
    train_step_ = std::make_unique<TrainStep>(options_, networks, share_, group_.get());
  }
  return *train_step_;
}

void Trainer::draw_noise() {
  draw_normal({options_.seed, Purpose::noise, static_cast<uint64_t>(step_)}, train_step().noise,
              share_.first * options_.latent_size);
}

void Trainer::check_state() const {
  if (finite_) return;
  throw Error("ERR_DIVERGED", "The weights, moments or statistics that step " + std::to_string(step_ + 1) +
                                  " would begin with are not finite, or a second moment is negative. Give "
                                  "others with setWeights, or load a checkpoint.");
}

void Trainer::check_results(const float* results, int64_t steps) {
  for (int64_t i = 0; i < steps; ++i) {
    const float* result = results + TrainStep::result_size * i;
    const bool losses = std::isfinite(result[0]) && std::isfinite(result[1]) && std::isfinite(result[3]);
    if (losses && std::isfinite(result[2])) continue;
    step_ -= steps - i;
    throw Error("ERR_DIVERGED",
                (losses ? "The gradients or batch statistics of step " : "The losses of step ") +
                    std::to_string(step_ + 1) +
                    " are not finite: training diverged. The step changed nothing. Resume from "
                    "the last checkpoint with a smaller learningRate.");
  }
}

bool Trainer::ends(const std::atomic<bool>& stop, const std::vector<at::Tensor>& results) const {
  if (!group_) return stop;
  // All take the same steps: each has told with the last whether it wants to stop. A GPU is asked now and
  // then.
  constexpr size_t pace = 16;
  if (results.empty() || (!device_.is_cpu() && results.size() % pace != 0)) return false;
  return results.back()[TrainStep::result_size - 1].item<float>() > 0;
}

Trainer::Run Trainer::run(int64_t steps, const std::atomic<bool>& stop) {
  if (!data_) throw Error("ERR_NATIVE", "No data was set before run().");
  check_state();
  const auto start = std::chrono::steady_clock::now();
  auto& train_step = this->train_step();
  train_step.begin();
  std::vector<at::Tensor> results;
  Run run{step_, {}, 0, {}, false, {}};
  while (static_cast<int64_t>(results.size()) < steps && !ends(stop, results)) {
    draw_noise();
    train_step.profile("gather", [&] {
      data_->gather(step_, options_.seed, share_, train_step.images.narrow(0, 0, share_.count),
                    train_step.labels);
    });
    train_step.wants_to_stop = group_ && stop;
    // Its place first: a step that was taken must be counted.
    auto& result = results.emplace_back();
    try {
      result = train_step.run(step_);
    } catch (const Error& error) {
      if (std::string_view(error.code()) != ProcessGroup::lost) throw;
      results.pop_back();
      run.lost = error.what();
      break;
    }
    ++step_;
    // On the CPU the result is there; on a GPU reading it would wait for the step, so it is
    // read after the last.
    if (device_.is_cpu()) check_results(result.const_data_ptr<float>(), 1);
  }
  run.step = step_;
  run.notice = train_step.take_notice();
  if (!results.empty()) {
    const auto all = at::stack(results).cpu();
    check_results(all.const_data_ptr<float>(), all.size(0));
    const auto* values = all.const_data_ptr<float>();
    for (const auto* result = values; result < values + all.numel(); result += TrainStep::result_size) {
      run.losses.insert(run.losses.end(), {result[0], result[1], result[3]});
      run.stopped = result[4] > 0;
    }
  }
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

std::map<std::string, double> Trainer::profile(int64_t steps) {
  auto& profile = train_step().profile;
  const Profile::Enabled enabled(profile);
  const std::atomic<bool> never = false;
  const double before = group_ ? group_->waited() : 0;
  run(steps, never);
  if (group_) profile.seconds["waiting for other processes"] = group_->waited() - before;
  return profile.seconds;
}

std::array<float, 3> Trainer::train_on_batch(const float* images, const float* noise, const int64_t* labels) {
  check_state();
  draw_noise();
  auto& train_step = this->train_step();
  const int64_t batch = share_.count;
  const auto reals = train_step.images.narrow(0, 0, batch);
  if (noise != nullptr) {
    train_step.noise.copy_(at::from_blob(const_cast<float*>(noise), train_step.noise.sizes()));
  }
  reals.copy_(at::from_blob(const_cast<float*>(images), reals.sizes()));
  if (labels != nullptr) {
    train_step.labels.copy_(at::from_blob(const_cast<int64_t*>(labels), {batch}, at::kLong));
  }
  train_step.begin();
  const auto result = train_step.run(step_);
  ++step_;
  const auto local = result.cpu();
  const auto* values = local.const_data_ptr<float>();
  check_results(values, 1);
  return {values[0], values[1], values[3]};
}

void Trainer::generate(const float* z, int64_t count, float* images) const {
  (average_ ? *average_ : generator_).infer(z, nullptr, count, images);
}

void Trainer::discriminate(const float* images, const int64_t* labels, int64_t count, float* logits) const {
  discriminator_.infer(images, labels, count, logits);
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
  if (average_) {
    for (auto& [name, value] : average_->state()) tensors.push_back({"ema." + name, value});
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
