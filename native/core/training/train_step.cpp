#include "train_step.h"

#include <array>

#include "../kernels/philox.h"
#include "../network/pass.h"
#include "../ops/implementation.h"
#include "../ops/losses.h"
#include "../ops/magnitude.h"

namespace dcgan {
namespace {

at::ScalarType activation_type(const Options& options) {
  return options.precision == "bfloat16" ? at::kBFloat16 : at::kFloat;
}

/** A batch of whatever has this shape. */
at::Tensor make_batch(int64_t count, const Shape& shape, const at::TensorOptions& options) {
  return batch_of(at::empty({count * c10::multiply_integers(shape)}, options), shape);
}

}  // namespace

TrainStep::TrainStep(const Options& options, const Network& generator, const Network& discriminator)
    : options_(options),
      generator_(generator),
      discriminator_(discriminator),
      adam_options_{options.beta1, options.beta2, options.epsilon},
      precision_(activation_type(options)) {
  const auto device = at::TensorOptions(generator.parameters.values.device());
  images = make_batch(2 * options.batch_size, discriminator.input(), device.dtype(precision_));
  noise = make_batch(options.batch_size, generator.input(), device.dtype(at::kFloat));
  adam_rate_ = at::empty({}, device.dtype(at::kFloat));
  sound_ = at::ones({}, device.dtype(at::kBool));
  if (own_kernels(noise)) return;
  masks_ = at::globalContext().defaultGenerator(noise.device()).clone();
  if (noise.is_cpu()) return;
  graph_ = make_step_graph(noise.device(), *masks_);
  if (!graph_) {
    notice_ =
        "The steps run operator by operator: without the CUDA plug-in they cannot be captured as a graph. "
        "See 'npm run build:cuda'.";
  }
}

at::Tensor TrainStep::run(int64_t step, double learning_rate) {
  adam_rate_.fill_(adam_rate(step + 1, learning_rate, adam_options_));
  if (masks_) {
    // The masks are a function of (seed, step) on every device, if not the same function.
    const auto words = Philox{options_.seed, Purpose::dropout, static_cast<uint64_t>(step)}(0);
    masks_->set_current_seed(static_cast<uint64_t>(words[1]) << 32 | words[0]);
  }
  // Libraries choose their algorithms and make their scratch memory in the first steps.
  constexpr int64_t warm_up = 3;
  if (!graph_ || profile.enabled || warm_steps_ < warm_up) {
    ++warm_steps_;
    return compute(step);
  }
  return replay(step);
}

at::Tensor TrainStep::replay(int64_t step) {
  if (!graph_result_.defined()) {
    try {
      at::Tensor result;
      graph_->capture([&] { result = compute(step); });
      graph_result_ = result;
    } catch (const c10::Error& error) {
      graph_.reset();
      notice_ = std::string("The steps run operator by operator: they could not be captured as a graph (") +
                error.what_without_backtrace() + ").";
      return compute(step);
    } catch (...) {
      // A capture that was broken off is not to be replayed.
      graph_.reset();
      throw;
    }
  }
  graph_->replay();
  // The next replay overwrites its output.
  return graph_result_.clone();
}

/**
 * What a graph captures: whatever depends on the step's number must come from memory of the device.
 */
at::Tensor TrainStep::compute(int64_t step) {
  const int64_t batch = options_.batch_size;
  const auto fake = images.narrow(0, batch, batch);
  const std::array parameters = {&generator_.parameters, &discriminator_.parameters};
  const Masks masks = {options_.seed, step, masks_};
  Pass g(generator_, masks, profile), d(discriminator_, masks, profile);

  // Forward. The reals and the fakes go through the discriminator together.
  fake.copy_(g.forward(noise.to(precision_)));
  const auto logits = d.forward(images);
  const auto loss = profile("losses", [&] { return losses(logits); });

  // Backward. Only the fakes have a use for their gradient, which is made that of the generator's loss.
  const auto gradient = d.backward(loss.logit_gradient, {.first = batch, .count = batch});
  g.backward(gradient * loss.generator_ratio.view({batch, 1, 1, 1}));

  const auto result = at::cat({loss.values, at::zeros({1}, loss.values.options())});
  profile("magnitudes", [&] {
    const auto largest = result[2];
    for (const auto* p : parameters) include_magnitudes(p->gradients, largest);
    g.include_statistics(largest);
    largest.square_();
    sound_.logical_and_(at::isfinite(result).all());
  });
  // What memory is needed is there now: our own kernels take none from here on, so a step that
  // fails has changed nothing.
  profile("adam", [&] {
    for (const auto* p : parameters) {
      adam(p->values, p->gradients, p->m, p->v, adam_rate_, adam_options_, sound_);
    }
  });
  profile("statistics", [&] { g.update_statistics(sound_); });
  return result;
}

}  // namespace dcgan
