#include "reference_step.h"

#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <numbers>

#include "../../../native/core/kernels/philox.h"
#include "../../../native/core/kernels/random.h"
#include "reference_layers.h"

namespace dcgan {
namespace {

at::Tensor cross_entropy(const at::Tensor& logits, double target) {
  return at::binary_cross_entropy_with_logits(logits, at::full_like(logits, target));
}

/** Of the discriminator, of the generator. */
std::pair<at::Tensor, at::Tensor> losses(const Options& options, const at::Tensor& r, const at::Tensor& f) {
  if (options.objective == "hinge") return {at::relu(1 - r).mean() + at::relu(1 + f).mean(), -f.mean()};
  if (options.objective == "lsgan") return {(r - 1).pow(2).mean() + f.pow(2).mean(), (f - 1).pow(2).mean()};
  if (options.objective == "wasserstein") return {f.mean() - r.mean(), -f.mean()};
  if (options.objective == "relativistic") return {cross_entropy(r - f, 1), cross_entropy(f - r, 1)};
  return {cross_entropy(r, 1 - options.label_smoothing) + cross_entropy(f, 0), cross_entropy(f, 1)};
}

/**
 * Half number `index` of a mask's sequence, as bias_leaky_relu_dropout.h promises it:
 * 128 from 16 counters.
 */
uint32_t draw(const Philox& random, int64_t index) {
  const auto counter = static_cast<uint64_t>(index / 128 * 16 + index % 16);
  const auto half = static_cast<size_t>(index % 128 / 16);
  return random(counter)[half / 2] >> (half % 2 * 16) & 0xFFFF;
}

double cosine(double first, std::optional<double> last, double progress) {
  return last ? *last + (first - *last) * 0.5 * (1 + std::cos(std::numbers::pi * progress)) : first;
}

at::Tensor unit(const at::Tensor& vector) { return vector / vector.norm(); }

}  // namespace

ReferenceStep::ReferenceStep(const Options& options, const Recipe& recipe, const Network& generator,
                             const Network& discriminator)
    : options_(options), recipe_(recipe) {
  const c10::InferenceMode off(false);
  for (const auto* network : {&generator, &discriminator}) {
    for (const auto* trained : network->parameters.tensors()) {
      const auto value = trained->value.to(at::kDouble, false, true);
      moments_[trained->name] = {at::zeros_like(value), at::zeros_like(value)};
      tensors[trained->name] = value.requires_grad_();
    }
    for (const auto* moved : network->statistics) {
      tensors[moved->name] = moved->value.to(at::kDouble, false, true);
    }
  }
  for (const auto& [name, value] : tensors) {
    if (name.starts_with("generator")) average[name] = value.detach().clone();
  }
}

ReferenceStep::Losses ReferenceStep::run(const at::Tensor& images, const at::Tensor& noise,
                                         const at::Tensor& labels, int64_t step) {
  const c10::InferenceMode off(false);
  const int64_t batch = options_.batch_size;
  const bool mixes = options_.gradient_penalty > 0;
  draw_masks(step);
  augmentation_ = uniform(Purpose::augmentation, {(mixes ? 3 : 2) * batch, 7}, step);
  const auto real = images.to(at::kDouble, false, true).requires_grad_();
  const auto fake = generate(noise.to(at::kDouble), labels);
  const auto statistics = tensors;  // Of the spectral norm: each pass begins with the same.
  const auto on_real = logits(real, labels, 0);
  const auto moved = tensors;
  tensors = statistics;
  const auto on_fake = logits(fake, labels, batch);
  const auto [discriminator, generator] = losses(options_, on_real, on_fake);

  const double progress =
      options_.schedule_steps == 0
          ? 0
          : std::min(1.0, static_cast<double>(step) / static_cast<double>(options_.schedule_steps));
  auto cost = at::zeros({}, at::kDouble);
  if (options_.r1 > 0)
    cost = cost + cosine(options_.r1, options_.final_r1, progress) / 2 * penalty(real, on_real, false);
  if (options_.r2 > 0)
    cost = cost + cosine(options_.r2, options_.final_r2, progress) / 2 * penalty(fake, on_fake, false);
  if (mixes) {
    const auto mixing = uniform(Purpose::interpolation, {batch, 1, 1, 1}, step);
    const auto mixture = (mixing * real + (1 - mixing) * fake).detach().requires_grad_();
    tensors = statistics;
    cost = cost + options_.gradient_penalty * penalty(mixture, logits(mixture, labels, 2 * batch), true);
  }
  tensors = moved;

  std::vector<at::Tensor> ours, theirs;
  for (const auto& [name, moments] : moments_) {
    (name.starts_with("generator") ? ours : theirs).push_back(tensors[name]);
  }
  for (auto& [name, moments] : moments_) tensors[name].mutable_grad() = at::Tensor();
  generator.backward({}, /*retain_graph=*/true, /*create_graph=*/false, ours);
  (discriminator + cost).backward({}, /*retain_graph=*/false, /*create_graph=*/false, theirs);

  const bool both = (step + 1) % options_.discriminator_steps == 0;
  const double factor = cosine(1,
                               options_.final_learning_rate
                                   ? std::optional(*options_.final_learning_rate / options_.learning_rate)
                                   : std::nullopt,
                               progress);
  const double beta2 = cosine(options_.beta2, options_.final_beta2, progress);
  const double of_generator = options_.learning_rate_generator.value_or(options_.learning_rate),
               of_discriminator = options_.learning_rate_discriminator.value_or(options_.learning_rate);
  for (auto& [name, moments] : moments_) {
    gradients[name] = tensors[name].grad();
    if (!name.starts_with("generator")) {
      update(name, step + 1, of_discriminator * factor, beta2);
    } else if (both) {
      update(name, (step + 1) / options_.discriminator_steps, of_generator * factor, beta2);
    }
  }
  for (auto& [name, value] : tensors) {
    // What followed a generator that was not trained is taken back.
    if (!both && name.starts_with("generator") && name.find("running") != std::string::npos)
      value = before_[name];
  }
  move_average(step);
  return {discriminator.item<double>(), generator.item<double>(), cost.item<double>()};
}

at::Tensor ReferenceStep::generate(const at::Tensor& noise, const at::Tensor& labels) {
  before_ = tensors;
  auto x = labels.defined() ? at::cat({noise, at::one_hot(labels, recipe_.classes)}, 1) : noise;
  x = normalise("generator.norm1", x.mm(tensors["generator.dense.weight"].t()));
  x = x.view({-1, recipe_.base_size, recipe_.base_size, recipe_.features << recipe_.levels});
  x = convolve_transposed(x, tensors["generator.conv1.weight"], 1);
  for (int64_t level = 1; level <= recipe_.levels; ++level) {
    const auto number = std::to_string(level + 1);
    x = normalise("generator.norm" + number, x);
    x = convolve_transposed(x, tensors["generator.conv" + number + ".weight"], 2);
  }
  return x.tanh();
}

/**
 * Batch normalisation over all but the last dimension, then LeakyReLU;
 * moves the running statistics.
 */
at::Tensor ReferenceStep::normalise(const std::string& name, const at::Tensor& x) {
  const auto rows = x.reshape({-1, x.size(-1)});
  const auto mean = rows.mean(0), variance = (rows - mean).square().mean(0);
  tensors[name + ".running_mean"] = 0.99 * tensors[name + ".running_mean"] + 0.01 * mean.detach();
  tensors[name + ".running_var"] = 0.99 * tensors[name + ".running_var"] + 0.01 * variance.detach();
  const auto scaled = (rows - mean) / (variance + 1e-3).sqrt() * tensors[name + ".weight"];
  return at::leaky_relu(scaled + tensors[name + ".bias"], 0.3).view(x.sizes());
}

/** A weight of the discriminator; its singular vectors are no part of the graph. */
at::Tensor ReferenceStep::weight(const std::string& name) {
  const auto w = tensors[name + ".weight"];
  const auto matrix = w.reshape({w.size(0), -1});
  if (!options_.spectral_norm) return w;
  auto& u = tensors[name + ".weight_u"];
  const auto v = unit(matrix.detach().t().mv(u));
  u = unit(matrix.detach().mv(v));
  return w / u.dot(matrix.mv(v));
}

/** `first_image` is the place of the images among those that the step takes together. */
at::Tensor ReferenceStep::logits(const at::Tensor& images, const at::Tensor& labels, int64_t first_image) {
  auto x = augmented(images, first_image);
  for (int64_t level = 0; level < recipe_.levels; ++level) {
    const auto name = "discriminator.conv" + std::to_string(level + 1);
    x = at::leaky_relu(convolve(x, weight(name)) + tensors[name + ".bias"], 0.3);
    x = x * mask(level, first_image) / (1 - options_.dropout);
  }
  const auto features = x.reshape({x.size(0), -1});
  const auto y = features.mv(weight("discriminator.dense")[0]) + tensors["discriminator.dense.bias"];
  if (!labels.defined()) return y;
  return y + (features * weight("discriminator.classes").index({labels})).sum(1);
}

/** One image after the other, by the words of augmentation.h. */
at::Tensor ReferenceStep::augmented(const at::Tensor& images, int64_t first_image) const {
  const int64_t size = images.size(1), side = (size + 1) / 2, reach = (size + 4) / 8;
  std::vector<at::Tensor> changed;
  for (int64_t i = 0; i < images.size(0); ++i) {
    const auto numbers = augmentation_[first_image + i];
    const auto number = [&](int64_t index) { return numbers[index].item<double>(); };
    const auto whole = [&](int64_t index, int64_t count) {
      return static_cast<int64_t>(std::floor(number(index) * static_cast<double>(count)));
    };
    auto x = images[i];
    if (options_.colour) {
      x = x + (number(0) - 0.5);
      const auto grey = x.mean(2, true);
      x = (x - grey) * (2 * number(1)) + grey;
      const auto mean = x.mean();
      x = (x - mean) * (number(2) + 0.5) + mean;
    }
    if (options_.translate) {
      const int64_t down = whole(3, 2 * reach + 1) - reach, right = whole(4, 2 * reach + 1) - reach;
      x = at::constant_pad_nd(x, {0, 0, reach, reach, reach, reach});
      x = x.narrow(0, reach - down, size).narrow(1, reach - right, size);
    }
    if (options_.cutout) {
      auto kept = at::ones({size, size, 1}, at::kDouble);
      const int64_t row = whole(5, size + 1 - side % 2) - side / 2,
                    column = whole(6, size + 1 - side % 2) - side / 2;
      for (int64_t j = 0; j < side; ++j) {
        for (int64_t k = 0; k < side; ++k) {
          const int64_t at_row = row + j, at_column = column + k;
          if (at_row >= 0 && at_row < size && at_column >= 0 && at_column < size) kept[at_row][at_column] = 0;
        }
      }
      x = x * kept;
    }
    changed.push_back(x);
  }
  return at::stack(changed);
}

/** mean ‖∂D/∂x‖², or, about 1, mean (‖∂D/∂x‖ − 1)². */
at::Tensor ReferenceStep::penalty(const at::Tensor& images, const at::Tensor& logits, bool about_one) const {
  const auto gradient = torch::autograd::grad({logits.sum()}, {images}, {}, /*retain_graph=*/true,
                                              /*create_graph=*/true)[0];
  const auto squares = gradient.square().sum({1, 2, 3});
  return about_one ? (squares.sqrt() - 1).square().mean() : squares.mean();
}

void ReferenceStep::draw_masks(int64_t step) {
  masks_.clear();
  const int64_t images = (options_.gradient_penalty > 0 ? 3 : 2) * options_.batch_size;
  // In float64 the product draws them by libtorch's generator.
  auto generator = at::globalContext().defaultGenerator(at::kCPU).clone();
  const auto words = Philox{options_.seed, Purpose::dropout, static_cast<uint64_t>(step)}(0);
  generator.set_current_seed(static_cast<uint64_t>(words[1]) << 32 | words[0]);
  for (int64_t level = 0; level < recipe_.levels; ++level) {
    const int64_t size = recipe_.image_size() >> (level + 1), channels = recipe_.features << level;
    const auto kept = at::empty({images, size, size, channels}, at::kDouble);
    if (options_.precision == "float64") {
      masks_.push_back(
          at::rand(kept.sizes(), generator, kept.options()).ge(options_.dropout).to(at::kDouble));
      continue;
    }
    const Philox random = {options_.seed, Purpose::dropout,
                           static_cast<uint64_t>(recipe_.levels * step + level)};
    const auto threshold = static_cast<uint32_t>(std::lround(options_.dropout * 65536));
    auto* values = kept.mutable_data_ptr<double>();
    for (int64_t i = 0; i < kept.numel(); ++i) values[i] = draw(random, i) < threshold ? 0 : 1;
    masks_.push_back(kept);
  }
}

at::Tensor ReferenceStep::mask(int64_t level, int64_t first_image) const {
  return masks_[static_cast<size_t>(level)].narrow(0, first_image, options_.batch_size);
}

/** In [0, 1), as the product draws them. */
at::Tensor ReferenceStep::uniform(Purpose purpose, at::IntArrayRef sizes, int64_t step) const {
  const auto drawn = at::empty(sizes, at::kFloat);
  fill_uniform({options_.seed, purpose, static_cast<uint64_t>(step)}, 1, drawn.mutable_data_ptr<float>(),
               drawn.numel());
  return (drawn.to(at::kDouble) + 1) / 2;
}

void ReferenceStep::update(const std::string& name, int64_t t, double rate, double beta2) {
  const auto& g = gradients[name];
  auto& [m, v] = moments_[name];
  m = options_.beta1 * m + (1 - options_.beta1) * g;
  v = beta2 * v + (1 - beta2) * g.square();
  const auto steps = static_cast<double>(t);
  const double correction = std::sqrt(1 - std::pow(beta2, steps)) / (1 - std::pow(options_.beta1, steps));
  const auto w = tensors[name].detach();
  tensors[name] = (w - rate * correction * m / (v.sqrt() + options_.epsilon)).requires_grad_();
}

/** By half-life, which grows with the images seen. */
void ReferenceStep::move_average(int64_t step) {
  const auto batch = static_cast<double>(options_.batch_size);
  const double half_life = std::min(options_.ema, batch * static_cast<double>(step) / 20);
  const double keeps = half_life > 0 ? std::pow(0.5, batch / half_life) : 0;
  for (auto& [name, value] : average) value = keeps * value + (1 - keeps) * tensors[name].detach();
}

}  // namespace dcgan
