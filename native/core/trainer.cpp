#include "trainer.h"

#include <ATen/Context.h>

#include <chrono>
#include <cmath>

#include "error.h"
#include "kernels/random.h"
#include "ops/convolution.h"

namespace dcgan {
namespace {

/** Images that inference takes at once. */
constexpr int64_t inference_batch = 256;

at::Tensor wrap(const float* data, std::vector<int64_t> shape) {
  return at::from_blob(const_cast<float*>(data), shape, at::kFloat);
}

/** libtorch keeps these for the whole process: the trainer that was made last decides. */
void use_cuda_settings(const Options& options) {
  auto& context = at::globalContext();
  context.setAllowTF32CuDNN(options.tf32);
  context.setAllowTF32CuBLAS(options.tf32);
  // Shapes are static, so trying every algorithm in the first step pays.
  context.setBenchmarkCuDNN(true);
  use_channels_last(options.memory_format == "channels-last");
}

}  // namespace

at::Device resolve_device(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  const int64_t devices = at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
  if (name == "auto") return devices > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  const int64_t index = name.size() > 5 ? std::stoll(name.substr(5)) : 0;
  if (index >= devices) {
    throw Error("ERR_DEVICE",
                "Device '" + name + "' is not there: libtorch sees " + std::to_string(devices) +
                    " CUDA devices. Use device 'cpu' or 'auto', or a CUDA build of libtorch with a driver.");
  }
  return {at::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

std::vector<NamedTensor> generator_state(const Generator& generator) {
  std::vector<NamedTensor> tensors;
  for (const auto& entry : generator.parameters.entries()) tensors.push_back({entry.name, entry.value});
  for (size_t i = 0; i < generator.norm.size(); ++i) {
    const auto name = numbered("generator.norm", i);
    tensors.push_back({name + ".running_mean", generator.norm[i].running_mean});
    tensors.push_back({name + ".running_var", generator.norm[i].running_var});
  }
  return tensors;
}

void generate_images(const Generator& generator, const Options& options, const float* z, int64_t count,
                     float* images) {
  const int64_t latent = options.latent_size;
  for (int64_t i = 0; i < count; i += inference_batch) {
    const int64_t n = std::min(inference_batch, count - i);
    const auto piece = wrap(z + i * latent, {n, latent}).to(generator.dense.device());
    wrap(images + i * image_pixels, {n, image_size, image_size, 1}).copy_(generator.generate(piece));
  }
}

Trainer::Trainer(const Options& options)
    : options_(options),
      device_(resolve_device(options.device)),
      generator_(options_, device_, Use::training),
      discriminator_(device_) {
  if (!device_.is_cpu()) use_cuda_settings(options_);
  generator_.initialise(options_.seed);
  discriminator_.initialise(options_.seed);
}

void Trainer::set_data(const uint8_t* pixels, int64_t count, EpochOrigin origin) {
  data_ = std::make_unique<Dataset>(pixels, count, origin, device_);
}

void Trainer::draw_noise() {
  if (!train_step_) train_step_ = std::make_unique<TrainStep>(options_, generator_, discriminator_);
  // From pinned memory the copy does not wait for the steps before; the allocator reuses it when it is over.
  const auto noise = device_.is_cpu() ? train_step_->noise
                                      : at::empty(train_step_->noise.sizes(),
                                                  at::TensorOptions(at::kFloat).pinned_memory(true));
  fill_normal({options_.seed, Purpose::noise, static_cast<uint64_t>(step_)}, noise.mutable_data_ptr<float>(),
              noise.numel());
  if (!device_.is_cpu()) train_step_->noise.copy_(noise, /*non_blocking=*/true);
}

void Trainer::check_finite(const float* losses, int64_t steps) const {
  for (int64_t i = 0; i < 2 * steps; ++i) {
    if (!std::isfinite(losses[i])) {
      throw Error("ERR_DIVERGED",
                  "The loss of step " + std::to_string(step_ - steps + i / 2 + 1) +
                      " is not finite: training diverged. Resume from the last checkpoint with a "
                      "smaller learningRate.");
    }
  }
}

Trainer::Run Trainer::run(int64_t steps, const std::atomic<bool>& stop) {
  if (!data_) throw Error("ERR_NATIVE", "No data was set before run().");
  const auto start = std::chrono::steady_clock::now();
  std::vector<at::Tensor> losses;
  while (static_cast<int64_t>(losses.size()) < steps && !stop) {
    draw_noise();
    train_step_->profile("gather", [&] {
      data_->gather(step_, options_.seed, train_step_->images.narrow(0, 0, options_.batch_size));
    });
    losses.push_back(train_step_->run(step_));
    ++step_;
    // On the CPU the loss is there; on a GPU reading it would wait for the step, so it is read after the
    // last.
    if (device_.is_cpu()) check_finite(losses.back().const_data_ptr<float>(), 1);
  }
  Run result{step_, {}, 0, train_step_ ? train_step_->take_notice() : ""};
  if (!losses.empty()) {
    const auto all = at::stack(losses).cpu();
    const auto* values = all.const_data_ptr<float>();
    result.losses.assign(values, values + all.numel());
    check_finite(values, static_cast<int64_t>(losses.size()));
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

std::map<std::string, double> Trainer::profile(int64_t steps) {
  draw_noise();  // makes the step
  auto& profile = train_step_->profile;
  profile.enabled = true;
  profile.seconds.clear();
  const std::atomic<bool> never = false;
  run(steps, never);
  profile.enabled = false;
  return profile.seconds;
}

std::array<float, 2> Trainer::train_on_batch(const float* images, const float* noise) {
  draw_noise();
  const int64_t batch = options_.batch_size;
  if (noise != nullptr) train_step_->noise.copy_(wrap(noise, {batch, options_.latent_size}));
  train_step_->images.narrow(0, 0, batch).copy_(wrap(images, {batch, image_size, image_size, 1}));
  const auto losses = train_step_->run(step_).cpu();
  ++step_;
  const auto* values = losses.const_data_ptr<float>();
  check_finite(values, 1);
  return {values[0], values[1]};
}

void Trainer::generate(const float* z, int64_t count, float* images) const {
  generate_images(generator_, options_, z, count, images);
}

void Trainer::discriminate(const float* images, int64_t count, float* logits) const {
  for (int64_t i = 0; i < count; i += inference_batch) {
    const int64_t n = std::min(inference_batch, count - i);
    const auto piece = wrap(images + i * image_pixels, {n, image_size, image_size, 1}).to(device_);
    wrap(logits + i, {n}).copy_(discriminator_.discriminate(piece));
  }
}

std::vector<NamedTensor> Trainer::state() const {
  auto tensors = generator_state(generator_);
  for (const auto& entry : discriminator_.parameters.entries()) tensors.push_back({entry.name, entry.value});
  for (const Parameters* parameters : {&generator_.parameters, &discriminator_.parameters}) {
    for (const auto& entry : parameters->entries()) {
      tensors.push_back({"adam.m." + entry.name, entry.m});
      tensors.push_back({"adam.v." + entry.name, entry.v});
    }
  }
  return tensors;
}

}  // namespace dcgan
