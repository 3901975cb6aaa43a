#pragma once

#include <cstdint>
#include <vector>

namespace dcgan {

/** What a classifier says of samples: logits as probabilities, with whatever follows from them. */
class ClassFigures {
 public:
  /** logits [n, classes] */
  ClassFigures(const std::vector<float>& logits, int64_t count);

  struct Values {
    /**
     * exp(mean KL(p(y|x) ‖ p(y))) (Salimans et al. 2016, "Inception score"): between 1 and the number of
     * classes, high where each sample is clearly of one class and the classes are equally frequent.
     */
    double score;
    /** Of the classes that samples are taken for, −Σ p ln p: ln(classes) where all are as frequent. */
    double entropy;
    /** Mean probability of the class that a sample is taken for. */
    double confidence;
  };
  /** Of the samples `index`, of all where it is empty. */
  Values values(const std::vector<int64_t>& index) const;
  /** How many samples are taken for each class. */
  std::vector<double> histogram() const;

 private:
  const int64_t count_, classes_;
  /** [n, classes] */
  std::vector<double> probabilities_;
  /** Σ p ln p of each sample, and its class. */
  std::vector<double> negative_entropy_;
  std::vector<int64_t> class_;
};

}  // namespace dcgan
