#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <memory>
#include <vector>

#include "../network/cosine_adam.h"
#include "../network/network.h"
#include "../options.h"

namespace dcgan {

/** Guesses of an image the latent vector that it is drawn from, and with classes its class: one pass, no
 * search. */
class Encoder {
 public:
  /** A network for the images and latents of the options, `features` wide. */
  Encoder(const Options& options, Use use);

  /** images [n, S, S, C] in [-1, 1] → latents [n, latent] and, with classes, logits [n, classes]. */
  void infer(const float* images, int64_t count, float* latents, float* logits) const;

  const Network& network() const { return network_; }

 private:
  const int64_t latent_size_;
  const Network network_;
};

/**
 * Trains one on what a generator draws: z → x = G(z) → ẑ = E(x), for the least of
 *
 *   ‖ẑ − z‖² / latent  +  λ ‖G(ẑ) − x‖² / numbers,
 *
 * means over the batch, and the cross entropy of the classes, by Adam, whose rate falls to 0 along half a
 * cosine. The second term is what is wanted; the first shows the way to it.
 */
class EncoderTraining {
 public:
  /** `batch_size`, `learning_rate` and `seed` of the options are of this training. The generator must outlive
   * it. */
  EncoderTraining(const Options& options, const Network& generator);

  struct Run {
    int64_t step;
    /** Means over the steps taken. */
    double latent_loss, pixel_loss;
  };

  /** Takes `steps` of `all` steps, fewer when `stop` is set between two. Throws ERR_DIVERGED. */
  Run run(int64_t steps, int64_t all, const std::atomic<bool>& stop);

  const Encoder& encoder() const { return encoder_; }

 private:
  /** → both losses */
  std::pair<float, float> take_step(int64_t all);

  const Options options_;
  const Network& generator_;
  const Encoder encoder_;
  const CosineAdam adam_;
  int64_t step_ = 0;
};

}  // namespace dcgan
