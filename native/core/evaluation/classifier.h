#pragma once

#include <ATen/ATen.h>

#include <atomic>
#include <memory>
#include <vector>

#include "../network/cosine_adam.h"
#include "../network/network.h"
#include "../options.h"
#include "../training/augmentation.h"
#include "../training/dataset.h"

namespace dcgan {

/**
 * Says of an image what it is of: a network that was trained on labelled images. The numbers that go into its
 * last layer, the features, lie close together for images that people find alike; figures on how good drawn
 * images are compare those of drawn and of real ones.
 */
class Classifier {
 public:
  /** A network of `imageSize`, `channels`, `features` and `classes` of the options. */
  Classifier(const Options& options, Use use);

  /**
   * images [n, S, S, C] in [-1, 1] → features [n, classifier_features], logits [n, classes]. What an image
   * gets does not depend on the others, nor on the number of threads.
   */
  void infer(const float* images, int64_t count, float* features, float* logits) const;

  const Network& network() const { return network_; }
  at::Device device() const { return device_; }

 private:
  const at::Device device_;
  const Network network_;
};

/** Trains one by the cross entropy, with Adam, whose rate falls to 0 along half a cosine. */
class ClassifierTraining {
 public:
  /** Images in `batchSize`s, changed as `augment` says; `labels` has the class of each. */
  ClassifierTraining(const Options& options, TrainingImages images, const std::vector<int64_t>& labels);

  struct Run {
    int64_t step;
    /** The mean loss of the steps taken. */
    double loss;
  };

  /** Takes `steps` of `all` steps, fewer when `stop` is set between two. Throws ERR_DIVERGED. */
  Run run(int64_t steps, int64_t all, const std::atomic<bool>& stop);

  const Classifier& classifier() const { return classifier_; }

 private:
  float take_step(int64_t all);

  const Options options_;
  const Classifier classifier_;
  const CosineAdam adam_;
  Dataset data_;
  Augmentation augmentation_;
  at::Tensor images_, labels_;
  int64_t step_ = 0;
};

}  // namespace dcgan
