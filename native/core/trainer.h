#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dataset.h"
#include "model.h"
#include "train_step.h"

namespace dcgan {

/** A tensor by name, as a checkpoint holds it. */
struct NamedTensor {
  std::string name;
  at::Tensor value;
};

/** The device that `auto`, `cpu`, `cuda` or `cuda:N` stands for. Throws ERR_DEVICE where there is none. */
at::Device resolve_device(const std::string& name);

/**
 * Both networks, their optimisers and the data. Every call belongs to one thread: the one that owns the
 * trainer.
 */
class Trainer {
 public:
  explicit Trainer(const Options& options);

  struct Run {
    int64_t step;
    /** Discriminator's and generator's loss of each step taken. */
    std::vector<float> losses;
    double seconds;
    /** What is to be told of how the steps run; empty for nothing. */
    std::string notice;
  };

  void set_data(const uint8_t* pixels, int64_t count, EpochOrigin origin);

  /** Takes `steps` steps, fewer when `stop` is set between two. Throws ERR_DIVERGED for a loss that is not
   * finite. */
  Run run(int64_t steps, const std::atomic<bool>& stop);

  /** images [B, 28, 28, 1], noise [B, latent] float32, null: the seed's own. → {discriminator's, generator's
   * loss}. */
  std::array<float, 2> train_on_batch(const float* images, const float* noise);

  /** z [n, latent] → n images, in pieces of at most a few hundred so that memory stays bounded. */
  void generate(const float* z, int64_t count, float* images) const;
  void discriminate(const float* images, int64_t count, float* logits) const;

  /** Every tensor that decides how training goes on. Views: copy what is to be kept. */
  std::vector<NamedTensor> state() const;

  int64_t step() const { return step_; }
  void set_step(int64_t step) { step_ = step; }

  /** Seconds in each operator of the steps that this takes, one after the other. */
  std::map<std::string, double> profile(int64_t steps);

  const Options& options() const { return options_; }
  at::Device device() const { return device_; }

 private:
  void draw_noise();
  void check_finite(const float* losses, int64_t steps) const;

  const Options options_;
  const at::Device device_;
  Generator generator_;
  Discriminator discriminator_;
  std::unique_ptr<TrainStep> train_step_;
  std::unique_ptr<Dataset> data_;
  int64_t step_ = 0;
};

/** z [n, latent] → images [n, 28, 28, 1], in bounded pieces. */
void generate_images(const Generator& generator, const Options& options, const float* z, int64_t count,
                     float* images);

/** The generator's tensors, batch-norm statistics included. */
std::vector<NamedTensor> generator_state(const Generator& generator);

}  // namespace dcgan
