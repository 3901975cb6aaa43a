#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../network/network.h"
#include "../options.h"
#include "dataset.h"
#include "train_step.h"

namespace dcgan {

/**
 * Both networks, their optimisers and the data. Every call belongs to one thread: the one
 * that owns the trainer. Of several processes that train together each has one, with the same weights, and
 * all call `run` and `train_on_batch` alike.
 */
class Trainer {
 public:
  /** `group`: the processes that train together; null for this one alone. */
  explicit Trainer(const Options& options, std::shared_ptr<const ProcessGroup> group = nullptr);

  struct Run {
    int64_t step;
    /** Discriminator's and generator's loss and the penalties of each step taken. */
    std::vector<float> losses;
    double seconds;
    /** What is to be told of how the steps run; empty for nothing. */
    std::string notice;
    /** Whether one of several processes wants to stop. */
    bool stopped;
    /** Why no more steps can be taken: another process is lost. The steps before are good. Empty for nothing.
     */
    std::string lost;
  };

  /** `labels` holds the class of each image, below `classes` of the options, or nothing. */
  void set_data(TrainingImages images, const std::vector<int64_t>& labels, EpochOrigin origin);

  /**
   * Takes `steps` steps, fewer when `stop` is set between two, on any of the processes. Throws ERR_DIVERGED
   * where the losses, the gradients or the statistics of the batch of a step are not finite: on the CPU right
   * after it, elsewhere after the last. Such a step has changed nothing and is not counted, nor are those
   * after it. A step in which another process is lost is not taken, and has changed nothing.
   */
  Run run(int64_t steps, const std::atomic<bool>& stop);

  /**
   * images [B, S, S, C], noise [B, latent] float32, null: the seed's own; labels [B], null without classes; B
   * is this process's share of the batch. → {discriminator's, generator's loss, penalties}. Throws
   * ERR_DIVERGED like `run`.
   */
  std::array<float, 3> train_on_batch(const float* images, const float* noise, const int64_t* labels);

  /** z [n, latent + classes] → images [n, S, S, C], of the average where there is one. */
  void generate(const float* z, int64_t count, float* images) const;
  /** images [n, S, S, C], labels [n] or null → logits [n]. */
  void discriminate(const float* images, const int64_t* labels, int64_t count, float* logits) const;

  /**
   * Every tensor that decides how training goes on, to be copied and kept. Throws ERR_DIVERGED when
   * `continue_from` found one that is not finite: no step makes such a tensor.
   */
  std::vector<NamedTensor> state() const;
  /** The same as views to be written to, whatever is in them; then comes `continue_from`. */
  std::vector<NamedTensor> tensors() const;

  /** Adam's, from the next step on; a schedule goes on from there. */
  void set_learning_rates(double both, std::optional<double> generator, std::optional<double> discriminator);

  int64_t step() const { return step_; }
  /**
   * Goes on from `step` with what was written to `tensors`, and looks whether it is finite, and no
   * second moment negative: else nothing is trained on it.
   */
  void continue_from(int64_t step);

  /**
   * Seconds in each operator of the steps that this takes, one after the other; of several processes also
   * what they waited for each other, which is part of these.
   */
  std::map<std::string, double> profile(int64_t steps);

  at::Device device() const { return device_; }

 private:
  /** The training step, made when it is first needed. */
  TrainStep& train_step();
  void draw_noise();
  /** Throws ERR_DIVERGED when no step can go on from the state. */
  void check_state() const;
  /**
   * Looks at results of TrainStep::run, [steps, result_size], of the steps just taken. From the first that
   * was unsound none counts. Throws ERR_DIVERGED.
   */
  void check_results(const float* results, int64_t steps);

  /** Whether a run is to end, as far as is known after so many steps. */
  bool ends(const std::atomic<bool>& stop, const std::vector<at::Tensor>& results) const;

  Options options_;
  const std::shared_ptr<const ProcessGroup> group_;
  const BatchShare share_;
  const at::Device device_;
  Network generator_;
  Network discriminator_;
  /** The generator's average; null where none is wanted. */
  std::unique_ptr<Network> average_;
  std::unique_ptr<TrainStep> train_step_;
  std::unique_ptr<Dataset> data_;
  int64_t step_ = 0;
  /** Whether the weights, moments and statistics are finite: they were begun with, or given. */
  bool finite_ = true;
};

}  // namespace dcgan
