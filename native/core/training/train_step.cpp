#include "train_step.h"

#include <algorithm>

#include "../kernels/philox.h"
#include "../ops/implementation.h"
#include "../ops/magnitude.h"
#include "average.h"
#include "host_numbers.h"

namespace dcgan {
namespace {

/** float64 is for tests: nothing of it is a kernel of our own. */
at::ScalarType activation_type(const Options& options) {
  if (options.precision == "float64") return at::kDouble;
  return options.precision == "bfloat16" ? at::kBFloat16 : at::kFloat;
}

/** A batch of whatever has this shape. */
at::Tensor make_batch(int64_t count, const Shape& shape, const at::TensorOptions& options) {
  return batch_of(at::empty({count * c10::multiply_integers(shape)}, options), shape);
}

/** [n] → [n, 1, 1, 1] */
at::Tensor of_images(const at::Tensor& each) { return each.view({-1, 1, 1, 1}); }

}  // namespace

TrainStep::TrainStep(const Options& options, const TrainedNetworks& networks, const BatchShare& share,
                     const ProcessGroup* group)
    : options_(options),
      networks_(networks),
      share_(share),
      group_(group),
      adam_options_{options.beta1, options.epsilon},
      objective_(objective_of(options.objective)),
      precision_(activation_type(options)),
      penalties_(options, share, networks.generator.parameters.values.options()),
      augmentation_(options, penalties_.mixes() ? 3 : 2, share,
                    networks.generator.parameters.values.options()) {
  const auto numbers = networks.generator.parameters.values.options();
  const int64_t batch = share.count;
  images = make_batch((penalties_.mixes() ? 3 : 2) * batch, networks.discriminator.input(),
                      numbers.dtype(precision_));
  noise = make_batch(batch, {options.latent_size}, numbers);
  if (options.classes > 0) labels = at::zeros({batch}, numbers.dtype(at::kLong));
  if (penalties_.mixes()) mixing_ = at::empty({batch, 1, 1, 1}, numbers);
  sound_ = at::ones({}, numbers.dtype(at::kBool));
  const auto number = [&] { return at::empty({}, numbers); };
  // Both have the same β₂.
  const auto renewal = number();
  generator_step_ = {number(), renewal}, discriminator_step_ = {number(), renewal};
  average_share_ = number();
  if (own_kernels(noise)) return;
  masks_ = at::globalContext().defaultGenerator(noise.device()).clone();
  // Whoever reduces through the host cannot be recorded.
  if (noise.is_cpu() || group_ != nullptr) return;
  for (auto& recorded : recorded_) recorded.graph = make_step_graph(noise.device(), *masks_);
  if (!recorded_.front().graph) {
    notice_ =
        "The steps run operator by operator: without the CUDA plug-in they cannot be captured as a graph. "
        "See 'npm run build:cuda'.";
  }
}

at::Tensor TrainStep::run(int64_t step) {
  const auto settings = settings_of(options_, step);
  set(step, settings);
  // Libraries choose their algorithms and make their scratch memory in the first steps.
  constexpr int64_t warm_up = 3;
  auto& recorded = recorded_[settings.trains_generator];
  if (!recorded.graph || profile.enabled || recorded.warm_steps < warm_up) {
    ++recorded.warm_steps;
    return compute(step, settings.trains_generator);
  }
  return replay(recorded, step, settings.trains_generator);
}

/** Everything that depends on the step's number goes into memory of the device: a graph replays the rest. */
void TrainStep::set(int64_t step, const StepSettings& settings) {
  generator_step_.rate.fill_(settings.generator_rate);
  discriminator_step_.rate.fill_(settings.discriminator_rate);
  discriminator_step_.renewal.fill_(1 - settings.beta2);
  average_share_.fill_(settings.average_share);
  penalties_.set(settings.r1, settings.r2);
  augmentation_.draw(options_.seed, step);
  if (mixing_.defined()) {
    draw_uniform({options_.seed, Purpose::interpolation, static_cast<uint64_t>(step)}, mixing_, share_.first);
  }
  if (masks_) {
    // The masks are a function of (seed, step) on every device, if not the same function.
    const auto words = Philox{options_.seed, Purpose::dropout, static_cast<uint64_t>(step)}(0);
    masks_->set_current_seed(static_cast<uint64_t>(words[1]) << 32 | words[0]);
  }
}

at::Tensor TrainStep::replay(Recorded& recorded, int64_t step, bool trains_generator) {
  auto& [graph, result, warm_steps] = recorded;
  if (!result.defined()) {
    try {
      at::Tensor captured;
      graph->capture([&] { captured = compute(step, trains_generator); });
      result = captured;
    } catch (const c10::Error& error) {
      graph.reset();
      notice_ = std::string("The steps run operator by operator: they could not be captured as a graph (") +
                error.what_without_backtrace() + ").";
      return compute(step, trains_generator);
    } catch (...) {
      // A capture that was broken off is not to be replayed.
      graph.reset();
      throw;
    }
  }
  graph->replay();
  // The next replay overwrites its output.
  return result.clone();
}

at::Tensor TrainStep::compute(int64_t step, bool trains_generator) {
  const int64_t batch = share_.count;
  const auto& [generator, discriminator, average] = networks_;
  const auto real = images.narrow(0, 0, batch), fake = images.narrow(0, batch, batch);
  const auto seen_labels = labels.defined() ? labels.repeat({images.size(0) / batch}) : labels;
  const auto* statistics_group = options_.sync_batch_norm ? group_ : nullptr;
  const Context context = {options_.seed, step, masks_, share_, statistics_group, seen_labels};
  Pass g(generator, context, profile), d(discriminator, context, profile);

  // Forward. All images go through the discriminator together.
  fake.copy_(g.forward(latents()));
  if (mixing_.defined()) images.narrow(0, 2 * batch, batch).copy_(fake + mixing_ * (real - fake));
  const auto seen = profile("augmentation", [&] { return augmentation_.apply(images); });
  const auto logits = d.forward(seen);
  const auto loss = profile(
      "losses", [&] { return losses(objective_, options_.label_smoothing, logits.narrow(0, 0, 2 * batch)); });

  // Backward. Where no derivative by a fake's logit is zero, the walk begins with those of the
  // discriminator's loss.
  const bool scaled = objective_ == Objective::bce && !penalties_.enabled();
  const auto [gradient, penalty] = scaled ? back_scaled(d, loss) : back_in_units(d, loss);
  auto result = at::cat({loss.values * share_.fraction(), at::zeros({1}, loss.values.options()),
                         penalty.view(1), at::full({1}, wants_to_stop ? 1.0 : 0.0, loss.values.options())});
  // Over all processes, while the generator's backward pass goes on here.
  const auto discriminator_summed = sum_later(discriminator);
  const auto result_summed = group_ ? group_->sum_later(result) : ProcessGroup::Wait([] {});
  if (trains_generator) g.backward(gradient);
  const auto generator_summed = trains_generator ? sum_later(generator) : ProcessGroup::Wait([] {});
  profile("sums over processes", [&] {
    discriminator_summed();
    result_summed();
    if (group_ != nullptr && !options_.sync_batch_norm) g.average_statistics(*group_);
    generator_summed();
  });

  profile("magnitudes", [&] {
    const auto largest = result[2];
    include_magnitudes(discriminator.parameters.gradients, largest);
    if (trains_generator) include_magnitudes(generator.parameters.gradients, largest);
    g.include_statistics(largest);
    largest.square_();
    sound_.logical_and_(at::isfinite(result).all());
  });
  // What memory is needed is there now: our own kernels take none from here on, so a step that
  // fails has changed nothing.
  const auto update = [&](const Network& network, const Pass& pass, const AdamStep& adam_step) {
    const auto& p = network.parameters;
    profile("adam", [&] { adam(p.values, p.gradients, p.m, p.v, adam_step, adam_options_, sound_); });
    profile("statistics", [&] { pass.update_statistics(sound_); });
  };
  update(discriminator, d, discriminator_step_);
  if (trains_generator) update(generator, g, generator_step_);
  if (average != nullptr)
    profile("average", [&] { move_average(generator, average_share_, sound_, *average); });
  return result;
}

ProcessGroup::Wait TrainStep::sum_later(const Network& network) const {
  const auto& gradients = network.parameters.gradients;
  if (group_ == nullptr) return [] {};
  return options_.rounded_gradients ? group_->sum_rounded_later(gradients) : group_->sum_later(gradients);
}

/**
 * The walk back begins with the derivatives of the discriminator's loss. Each image is treated alone, so the
 * gradient of the generator's loss by a fake is that of the discriminator's times the ratio of the two.
 */
TrainStep::WayBack TrainStep::back_scaled(Pass& d, const Losses& loss) {
  const int64_t batch = share_.count;
  const auto gradient = d.backward(loss.discriminator / share_.of, {.first = batch, .count = batch});
  const auto ratio = loss.generator / loss.discriminator.narrow(0, batch, batch);
  return {augmentation_.transposed(gradient, batch) * of_images(ratio), at::zeros({}, ratio.options())};
}

/**
 * The walk back begins with 1 at every logit and gives g = ∂D/∂x of each image, from which every loss and
 * every penalty follows: by c g of the penalties the images move forward through the discriminator, and on
 * that way the gradients are written.
 */
TrainStep::WayBack TrainStep::back_in_units(Pass& d, const Losses& loss) {
  const int64_t batch = share_.count;
  const int64_t first = penalties_.enabled() ? std::min(penalties_.first(), batch) : batch;
  const int64_t last = std::max(penalties_.last(), 2 * batch);
  const auto at_seen = d.walk_back({.first = first, .count = last - first});
  const auto g = augmentation_.enabled() ? augmentation_.transposed(at_seen, first) : at_seen;

  auto penalty = at::zeros({}, loss.values.options());
  ImageWeights weights = {at::zeros({images.size(0)}, loss.values.options())};
  weights.factor.narrow(0, 0, 2 * batch).copy_(loss.discriminator / share_.of);
  if (penalties_.enabled()) {
    const auto penalised = g.narrow(0, penalties_.first() - first, penalties_.last() - penalties_.first());
    const auto cost = profile("penalties", [&] { return penalties_(penalised); });
    penalty = cost.value;
    weights.first = penalties_.first();
    weights.tangent = (penalised * of_images(cost.factors)).to(g.scalar_type());
    if (augmentation_.enabled()) weights.tangent = augmentation_.linear(weights.tangent, weights.first);
  }
  d.gradients(weights);
  const auto of_fakes = g.narrow(0, batch - first, batch);
  return {of_fakes * of_images(loss.generator / share_.of), penalty};
}

/** z, with the class as one of the numbers behind it. */
at::Tensor TrainStep::latents() const {
  if (!labels.defined()) return noise.to(precision_);
  const auto classes = at::zeros({noise.size(0), options_.classes}, noise.options());
  return at::cat({noise, classes.scatter_(1, labels.view({-1, 1}), 1)}, 1).to(precision_);
}

}  // namespace dcgan
