#include "encoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "../device.h"
#include "../error.h"
#include "../kernels/random.h"
#include "../network/inference_pass.h"
#include "../network/pass.h"
#include "../network/recipe.h"
#include "../profile.h"

namespace dcgan {
namespace {

/** λ above: what a pixel's square counts beside a latent number's. */
constexpr double pixel_weight = 10;

}  // namespace

Encoder::Encoder(const Options& options, Use use)
    : latent_size_(options.latent_size), network_(make_encoder(Recipe(options), open_device(options), use)) {}

void Encoder::infer(const float* images, int64_t count, float* latents, float* logits) const {
  const int64_t width = network_.output()[0], classes = width - latent_size_;
  std::vector<float> rows(static_cast<size_t>(count * width));
  network_.infer(images, nullptr, count, rows.data());
  for (int64_t i = 0; i < count; ++i) {
    const float* row = rows.data() + i * width;
    std::copy_n(row, latent_size_, latents + i * latent_size_);
    std::copy_n(row + latent_size_, classes, logits + i * classes);
  }
}

EncoderTraining::EncoderTraining(const Options& options, const Network& generator)
    : options_(options),
      generator_(generator),
      encoder_(options, Use::training),
      adam_(encoder_.network(), options) {
  encoder_.network().initialise(options_.seed);
}

EncoderTraining::Run EncoderTraining::run(int64_t steps, int64_t all, const std::atomic<bool>& stop) {
  double latent_loss = 0, pixel_loss = 0;
  int64_t taken = 0;
  for (; taken < steps && !stop; ++taken) {
    const auto [of_latents, of_pixels] = take_step(all);
    latent_loss += of_latents;
    pixel_loss += of_pixels;
  }
  const double n = static_cast<double>(std::max<int64_t>(taken, 1));
  return {step_, latent_loss / n, pixel_loss / n};
}

std::pair<float, float> EncoderTraining::take_step(int64_t all) {
  const auto& network = encoder_.network();
  const auto device = network.parameters.values.device();
  const int64_t n = options_.batch_size, latent = options_.latent_size, classes = options_.classes;

  const auto drawn = at::empty({n, latent}, at::kFloat);
  fill_normal({options_.seed, Purpose::encoding, static_cast<uint64_t>(step_)},
              drawn.mutable_data_ptr<float>(), n * latent);
  const auto z = drawn.to(device);
  at::Tensor labels, known = at::zeros({n, classes}, z.options());
  if (classes > 0) {
    // Each class in turn.
    labels = ((at::arange(n, at::kLong) + step_ * n) % classes).to(device).view({-1, 1});
    known.scatter_(1, labels, 1);
  }
  const auto images = generator_.infer(at::cat({z, known}, 1), {});

  Profile profile;
  const std::optional<at::Generator> no_masks;
  Pass pass(network, {options_.seed, step_, no_masks, whole_batch(n)}, profile);
  // Layers keep what they read, and the images are looked at once more.
  const auto found = pass.forward(images);
  const auto guess = found.narrow(1, 0, latent);
  const auto apart = guess - z;
  InferencePass drawing(generator_);
  const auto off = drawing.forward(at::cat({guess, known}, 1)) - images;
  const float latent_loss = apart.square().mean().item<float>(),
              pixel_loss = off.square().mean().item<float>();
  if (!std::isfinite(latent_loss) || !std::isfinite(pixel_loss)) {
    throw Error("ERR_DIVERGED", "The encoder's loss is not finite. Train it with a smaller learningRate.");
  }
  auto gradient = drawing.backward(off * (2 * pixel_weight / static_cast<double>(off.numel())));
  gradient.narrow(1, 0, latent).add_(apart, 2 / static_cast<double>(apart.numel()));
  if (classes > 0) {
    // ∂(mean cross entropy)/∂logits, in place of what the generator says of its known classes
    const auto of_classes = at::softmax(found.narrow(1, latent, classes), 1) - known;
    gradient.narrow(1, latent, classes).copy_(of_classes / n);
  }
  pass.backward(gradient);

  adam_.take_step(step_++, all);
  pass.update_statistics(at::ones({}, z.options().dtype(at::kBool)));
  return {latent_loss, pixel_loss};
}

}  // namespace dcgan
