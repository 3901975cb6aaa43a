#include "classifier.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "../device.h"
#include "../error.h"
#include "../network/pass.h"
#include "../network/recipe.h"
#include "../profile.h"

namespace dcgan {
namespace {

/** Images that go through the network together. The last ones are filled up with others, so that sums are
 * taken alike. */
constexpr int64_t piece = 256;

}  // namespace

Classifier::Classifier(const Options& options, Use use)
    : device_(open_device(options)), network_(make_classifier(Recipe(options), device_, use)) {}

void Classifier::infer(const float* images, int64_t count, float* features, float* logits) const {
  const auto& layers = network_.layers;
  const int64_t numbers = c10::multiply_integers(network_.input()), classes = network_.output()[0];
  const auto copy = [](const at::Tensor& from, int64_t n, float* to) {
    const auto local = from.narrow(0, 0, n).cpu();
    std::copy_n(local.const_data_ptr<float>(), local.numel(), to);
  };
  for (int64_t i = 0; i < count; i += piece) {
    const int64_t n = std::min(piece, count - i);
    auto x = at::zeros({piece, numbers}, at::kFloat);
    std::copy_n(images + i * numbers, n * numbers, x.mutable_data_ptr<float>());
    x = x.to(device_);
    for (const auto& layer : layers) {
      if (layer == layers.back()) copy(x, n, features + i * classifier_features);
      Kept dropped;
      x = layer->infer(batch_of(x, layer->input), {}, dropped);
    }
    copy(x, n, logits + i * classes);
  }
}

ClassifierTraining::ClassifierTraining(const Options& options, TrainingImages images,
                                       const std::vector<int64_t>& labels)
    : options_(options),
      classifier_(options, Use::training),
      adam_(classifier_.network(), options),
      data_(std::move(images), labels, {}, classifier_.device()),
      augmentation_(options, 1, whole_batch(options.batch_size), classifier_.device()) {
  const at::TensorOptions numbers(classifier_.device());
  const auto& network = classifier_.network();
  network.initialise(options_.seed);
  Shape shape = network.input();
  shape.insert(shape.begin(), options_.batch_size);
  images_ = at::empty(shape, numbers);
  labels_ = at::empty({options_.batch_size}, numbers.dtype(at::kLong));
}

ClassifierTraining::Run ClassifierTraining::run(int64_t steps, int64_t all, const std::atomic<bool>& stop) {
  double loss = 0;
  int64_t taken = 0;
  for (; taken < steps && !stop; ++taken) loss += take_step(all);
  return {step_, taken == 0 ? 0 : loss / static_cast<double>(taken)};
}

float ClassifierTraining::take_step(int64_t all) {
  const auto batch = whole_batch(options_.batch_size);
  data_.gather(step_, options_.seed, batch, images_, labels_);
  augmentation_.draw(options_.seed, step_);
  const auto& network = classifier_.network();
  Profile profile;
  const std::optional<at::Generator> masks;
  Pass pass(network, {options_.seed, step_, masks, batch}, profile);
  const auto logits = pass.forward(augmentation_.apply(images_));
  const auto logarithms = at::log_softmax(logits, 1);
  const auto classes = labels_.view({-1, 1});
  const float loss = -logarithms.gather(1, classes).mean().item<float>();
  if (!std::isfinite(loss)) {
    throw Error("ERR_DIVERGED", "The classifier's loss is not finite. Train it with a smaller learningRate.");
  }
  // ∂(mean cross entropy)/∂logits
  const auto gradient = logarithms.exp();
  gradient.scatter_add_(1, classes, at::full_like(classes, -1, gradient.options()));
  pass.backward(gradient / options_.batch_size);
  adam_.take_step(step_++, all);
  return loss;
}

}  // namespace dcgan
