#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "class_figures.h"
#include "feature_set.h"
#include "frechet.h"

namespace dcgan {

/** A figure and its standard error. */
struct Figure {
  double value, error;
};

/**
 * How far the features of samples are from those of a reference, real images as a rule:
 *
 *   fid           of all samples; its error by resampling them
 *   fidInfinity   where it goes with ever more: its line over 1/n (Chong and Forsyth 2020)
 *   kid           the squared maximum mean discrepancy, unbiased; its error from groups
 *   precision     share of samples within the radius of some real image
 *   recall        share of real images within the radius of some sample (both Kynkäänniemi et al. 2019)
 *   density       in how many radii of real images a sample is, by `neighbour`
 *   coverage      share of real images in whose radius a sample is (both Naeem et al. 2020)
 *
 * and, where the samples were classified, those of `class_figures`. Errors of means are s/√n, what resampling
 * tends to.
 */
class Comparison {
 public:
  /** `logits` [n, classes] of the samples, or empty. */
  Comparison(std::shared_ptr<FeatureSet> reference, std::shared_ptr<FeatureSet> samples,
             std::vector<float> logits, uint64_t seed);

  struct Progress {
    int64_t done, of;
  };
  /** A part of the work, of some tenths of a second. */
  Progress advance();

  /** Once all is done. */
  const std::map<std::string, Figure>& figures() const { return figures_; }
  /** How many samples are of each class; empty where they were not classified. */
  const std::vector<double>& histogram() const { return histogram_; }

 private:
  void cross(int64_t rows);
  void cross_block(int64_t first, int64_t count);
  void neighbourhoods();
  void kernel_distance();
  void frechet_distances();
  void classes();

  const std::shared_ptr<FeatureSet> reference_, samples_;
  const std::vector<float> logits_;
  const uint64_t seed_;
  int64_t crossed_ = 0;
  bool finished_ = false;
  /** Of each sample: radii of real images that it is in, Σ k over all real images and those of its group. */
  std::vector<double> within_;
  std::vector<FeatureSet::KernelSums> kernel_sums_;
  /** Of each real image: whether it is within the radius of a sample, and how far the nearest one is. */
  std::vector<uint8_t> recalled_;
  std::vector<double> nearest_;
  std::mutex merging_;
  std::map<std::string, Figure> figures_;
  std::vector<double> histogram_;
};

}  // namespace dcgan
