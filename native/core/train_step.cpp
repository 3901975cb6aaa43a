#include "train_step.h"

#include "ops/bias_leaky_relu_dropout.h"
#include "ops/convolution.h"
#include "ops/dense.h"
#include "ops/implementation.h"
#include "ops/losses.h"
#include "ops/magnitude.h"

namespace dcgan {
namespace {

at::ScalarType activation_type(const Options& options) {
  return options.precision == "bfloat16" ? at::kBFloat16 : at::kFloat;
}

/** [B, S, S, C] → [B·S·S, C], the same memory. */
at::Tensor rows(const at::Tensor& x) { return x.view({-1, x.size(-1)}); }

}  // namespace

TrainStep::TrainStep(const Options& options, Generator& generator, Discriminator& discriminator)
    : options_(options),
      generator_(generator),
      discriminator_(discriminator),
      adam_options_{options.beta1, options.beta2, options.epsilon},
      precision_(activation_type(options)) {
  const auto device = at::TensorOptions(generator.dense.device());
  images = at::empty({2 * options.batch_size, image_size, image_size, 1}, device.dtype(precision_));
  noise = at::empty({options.batch_size, options.latent_size}, device.dtype(at::kFloat));
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
  auto& g = generator_;
  auto& d = discriminator_;
  const int64_t batch = options_.batch_size;
  auto& timed = profile;
  const auto lower = [&](const at::Tensor& weights) { return weights.to(precision_); };

  // Generator, forward: x[i] goes into norm i, y[i] comes out of its LeakyReLU.
  const auto z = lower(noise);
  std::array<at::Tensor, 3> x, y;
  std::array<BatchStatistics, 3> statistics;
  auto map = timed("generator dense", [&] {
               return dense(z, lower(g.dense));
             }).view({batch, base_size, base_size, base_channels});
  for (size_t i = 0; i < 3; ++i) {
    const auto& n = g.norm[i];
    // The first norm has a scale for each of its 12544 features, the others one for each channel.
    x[i] = i == 0 ? map.view({batch, -1}) : rows(map);
    y[i] = timed(numbered("generator norm", i), [&] {
             return batch_norm_leaky_relu(x[i], n.weight, n.bias, norm_constants, statistics[i]);
           }).view(map.sizes());
    map = timed(numbered("generator conv", i),
                [&] { return convolution_input_gradient(y[i], g.conv[i], generator_strides[i]); });
  }
  const auto fake = images.narrow(0, batch, batch);
  timed("tanh", [&] { at::tanh_out(const_cast<at::Tensor&>(fake), map); });

  // Discriminator, forward, reals and fakes together.
  std::array<at::Tensor, 2> h;
  for (size_t i = 0; i < 2; ++i) {
    h[i] = timed(numbered("discriminator conv", i),
                 [&] { return convolution(i == 0 ? images : h[0], d.conv[i], 2); });
    // Two layers draw from one sequence of steps: the even numbers are the first's.
    const Philox random = {options_.seed, Purpose::dropout, static_cast<uint64_t>(step) * 2 + i};
    timed(numbered("discriminator dropout", i), [&] {
      bias_leaky_relu_dropout(rows(h[i]), d.bias[i], leaky_slope, options_.dropout, random, masks_);
    });
  }
  const auto features = h[1].view({2 * batch, logit_features});
  const auto logits = timed("discriminator dense", [&] {
    return at::mm(features, lower(d.dense).t()).view(-1).to(at::kFloat) + d.dense_bias;
  });
  const auto loss = timed("losses", [&] { return losses(logits); });

  // Discriminator, backward.
  const auto logit_gradient = loss.logit_gradient.to(precision_).view({2 * batch, 1});
  auto gradient = timed("discriminator dense backward", [&] {
                    d.dense_gradient.copy_(at::mm(logit_gradient.t(), features));
                    d.dense_bias_gradient.copy_(loss.logit_gradient.sum());
                    return at::mm(logit_gradient, lower(d.dense));
                  }).view(h[1].sizes());
  timed("discriminator dropout2 backward", [&] {
    bias_leaky_relu_dropout_backward(rows(gradient), rows(h[1]), leaky_slope, options_.dropout,
                                     d.bias_gradient[1]);
  });
  gradient = timed("discriminator conv2 backward",
                   [&] { return convolution_backward(h[0], gradient, d.conv[1], 2, d.conv_gradient[1]); });
  timed("discriminator dropout1 backward", [&] {
    bias_leaky_relu_dropout_backward(rows(gradient), rows(h[0]), leaky_slope, options_.dropout,
                                     d.bias_gradient[0]);
  });
  timed("discriminator conv1 weight gradient",
        [&] { convolution_weight_gradient(images, gradient, 2, d.conv_gradient[0]); });
  // Only the fakes' images have a use for their gradient.
  gradient = timed("discriminator conv1 input gradient", [&] {
    return convolution_input_gradient(gradient.narrow(0, batch, batch), d.conv[0], 2);
  });

  // Generator, backward: from the discriminator's loss to the generator's, then through tanh.
  gradient = timed("tanh backward", [&] {
    return (gradient * loss.generator_ratio.view({batch, 1, 1, 1}) * (1 - fake * fake)).to(precision_);
  });
  for (size_t i = 3; i-- > 0;) {
    const auto& n = g.norm[i];
    gradient = timed(numbered("generator conv", i) + " backward", [&] {
      return transposed_convolution_backward(y[i], gradient, g.conv[i], generator_strides[i],
                                             g.conv_gradient[i]);
    });
    timed(numbered("generator norm", i) + " backward", [&] {
      batch_norm_leaky_relu_backward(gradient.view(x[i].sizes()), x[i], n.weight, n.bias, norm_constants,
                                     statistics[i], n.weight_gradient, n.bias_gradient);
    });
  }
  timed("generator dense backward",
        [&] { dense_weight_gradient(z, gradient.view({batch, base_features}), g.dense_gradient); });

  // What memory is needed is there now: our own kernels take none from here on, so a step that
  // fails has changed nothing.
  const auto result = at::cat({loss.values, at::zeros({1}, loss.values.options())});
  timed("magnitudes", [&] {
    const auto largest = result[2];
    for (const Parameters* p : {&g.parameters, &d.parameters}) include_magnitudes(p->gradients, largest);
    for (const auto& [mean, variance, inverse_std] : statistics) {
      for (const auto* moments : {&mean, &variance}) include_magnitudes(*moments, largest);
    }
    largest.square_();
    sound_.logical_and_(at::isfinite(result).all());
  });
  timed("adam", [&] {
    for (const Parameters* p : {&g.parameters, &d.parameters}) {
      adam(p->values, p->gradients, p->m, p->v, adam_rate_, adam_options_, sound_);
    }
  });
  timed("statistics", [&] {
    for (size_t i = 0; i < 3; ++i) {
      const auto& n = g.norm[i];
      move_running_statistics(statistics[i], norm_momentum, n.running_mean, n.running_var, sound_);
    }
  });
  return result;
}

}  // namespace dcgan
