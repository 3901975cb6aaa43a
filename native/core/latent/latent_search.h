#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <vector>

#include "latent_objective.h"

namespace dcgan {

/** What is known of n pictures, and where and how the search begins; a row is one of the `starts` of a
 * picture. */
struct LatentProblem {
  int64_t pictures = 0, starts = 1;
  /** [n, s, s, C], s = S / pooling. */
  std::vector<float> targets;
  int64_t pooling = 1;
  /** What each pixel counts, [n, s, s]; empty: all alike. */
  std::vector<float> weights = {};
  /** z [n · starts, latent + classes], the class as weights behind z: these stay as they are. */
  std::vector<float> latents;
  int64_t latent_size = 0;
  int64_t steps = 0;
  double learning_rate = 0;
  ObjectiveWeights counts = {};
  /** Numbers of z beyond ± this are drawn anew; 0: none are. */
  double clip = 0;
  /** Decides what is drawn anew. */
  uint64_t seed = 0;
};

/**
 * Looks for the latents of the least `LatentObjective`, each row for itself: by Adam, whose rate rises over
 * the first twentieth of the steps and falls along half a cosine over the last quarter (Karras et al. 2020,
 * "Analyzing and Improving the Image Quality of StyleGAN", D). With a clip, numbers of z beyond it are drawn
 * anew within (Lipton and Tripathi 2017, "Precise Recovery of Latent Vectors from Generative Adversarial
 * Networks"). A row keeps the best that it came by.
 */
class LatentSearch {
 public:
  /** Throws ERR_NATIVE where a term counts and its network is not there, or sizes do not fit. */
  LatentSearch(const SearchNetworks& networks, LatentProblem problem);

  struct Progress {
    int64_t done, of;
  };
  /** Some tenths of a second of the work. Throws ERR_DIVERGED where a row found nothing that is finite. */
  Progress advance();

  /** Once all is done: z [rows, latent], images [rows, S, S, C], losses [rows]. */
  struct Result {
    std::vector<float> latents, images, losses;
  };
  Result take_result();

 private:
  /** Rows that take their steps together. */
  struct Rows {
    int64_t first, step;
    LatentObjective objective;
    at::Tensor z, m, v;
    LatentObjective::Value best;
    at::Tensor best_z;
  };

  Rows begin(int64_t first) const;
  void take_step(Rows& rows) const;
  /** What z comes to, which is kept where it is the best so far → its gradient. */
  at::Tensor look(Rows& rows, bool with_gradient) const;
  void draw_anew(Rows& rows) const;
  /** Copies what the rows found to the result, after a last look at where they came. */
  void finish(Rows& rows);
  double rate_of(int64_t step) const;

  const SearchNetworks networks_;
  const LatentProblem problem_;
  const int64_t rows_;
  std::optional<Rows> current_;
  /** Rows that are finished. */
  int64_t finished_ = 0;
  Result result_;
};

}  // namespace dcgan
