#include "latent_search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "../error.h"
#include "../kernels/random.h"
#include "../ops/adam.h"

namespace dcgan {
namespace {

/** Rows that go through the networks together. */
constexpr int64_t rows_at_once = 128;
constexpr std::chrono::milliseconds part(200);

/** Adam's, as those of the projector cited above have them, and the shares of the steps of its ramps. */
constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
constexpr double rising = 0.05, falling = 0.25;

/** A tensor of its own. */
at::Tensor copy_of(const float* data, const Shape& shape, at::Device device) {
  return at::from_blob(const_cast<float*>(data), shape, at::kFloat).to(device, at::kFloat, false, true);
}

}  // namespace

LatentSearch::LatentSearch(const SearchNetworks& networks, LatentProblem problem)
    : networks_(networks), problem_(std::move(problem)), rows_(problem_.pictures * problem_.starts) {
  const auto& p = problem_;
  if ((p.counts.features > 0 && (networks_.classifier == nullptr || p.pooling > 1)) ||
      (p.counts.realism > 0 && networks_.discriminator == nullptr)) {
    throw Error("ERR_NATIVE", "A term of the search lacks its network.");
  }
  const auto& image = networks_.generator.output();
  const int64_t s = image[0] / p.pooling, pixels = s * s;
  const auto holds = [](const std::vector<float>& numbers, int64_t count) {
    return static_cast<int64_t>(numbers.size()) == count;
  };
  if (image[0] % p.pooling != 0 || !holds(p.targets, p.pictures * pixels * image[2]) ||
      !(p.weights.empty() || holds(p.weights, p.pictures * pixels)) ||
      !holds(p.latents, rows_ * networks_.generator.input()[0])) {
    throw Error("ERR_NATIVE", "What is known, its weights or the latents have other sizes than the images.");
  }
  const auto resize = [&](std::vector<float>& numbers, int64_t each) {
    numbers.resize(static_cast<size_t>(rows_ * each));
  };
  resize(result_.latents, p.latent_size);
  resize(result_.images, c10::multiply_integers(image));
  resize(result_.losses, 1);
}

LatentSearch::Progress LatentSearch::advance() {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  while (finished_ < rows_ && Clock::now() - began < part) {
    if (!current_) current_.emplace(begin(finished_));
    take_step(*current_);
    if (current_->step < problem_.steps) continue;
    finish(*current_);
    finished_ += current_->z.size(0);
    current_.reset();
  }
  const int64_t under_way = current_ ? current_->step * current_->z.size(0) : 0;
  return {finished_ * problem_.steps + under_way, rows_ * problem_.steps};
}

LatentSearch::Result LatentSearch::take_result() { return std::move(result_); }

LatentSearch::Rows LatentSearch::begin(int64_t first) const {
  const auto& p = problem_;
  const auto device = networks_.generator.parameters.values.device();
  const auto& image = networks_.generator.output();
  const int64_t s = image[0] / p.pooling, width = networks_.generator.input()[0];
  const int64_t n = std::min(rows_at_once, rows_ - first);
  // A picture has several rows, of which some may be among those before.
  const int64_t picture = first / p.starts, pictures = (first + n - 1) / p.starts - picture + 1;
  const auto each = at::arange(first, first + n, at::kLong).floor_divide(p.starts).sub(picture).to(device);
  const auto of_pictures = [&](const std::vector<float>& from, const Shape& shape) {
    Shape sizes = {pictures};
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    return copy_of(from.data() + picture * c10::multiply_integers(shape), sizes, device)
        .index_select(0, each);
  };
  const auto given = copy_of(p.latents.data() + first * width, {n, width}, device);
  const auto z = given.narrow(1, 0, p.latent_size).contiguous();
  const auto weights = p.weights.empty() ? at::Tensor() : of_pictures(p.weights, {s, s, 1});
  LatentObjective objective(networks_, p.counts, of_pictures(p.targets, {s, s, image[2]}), weights,
                            given.narrow(1, p.latent_size, width - p.latent_size));
  LatentObjective::Value none = {
      at::full({n}, std::numeric_limits<float>::infinity(), z.options()),
      at::zeros({n, image[0], image[1], image[2]}, z.options()),
      {},
  };
  return {first, 0, std::move(objective), z, at::zeros_like(z), at::zeros_like(z), std::move(none), z};
}

void LatentSearch::take_step(Rows& rows) const {
  const auto gradient = look(rows, true);
  const auto number = [&](double value) { return at::full({}, value, gradient.options()); };
  // The best may be these very numbers.
  rows.z = rows.z.clone();
  const AdamStep step = {number(adam_rate(rows.step + 1, rate_of(rows.step), beta1, beta2)),
                         number(1 - beta2)};
  adam(rows.z, gradient, rows.m, rows.v, step, {beta1, epsilon},
       at::ones({}, gradient.options().dtype(at::kBool)));
  if (problem_.clip > 0) draw_anew(rows);
  ++rows.step;
}

at::Tensor LatentSearch::look(Rows& rows, bool with_gradient) const {
  auto [losses, images, gradient] = rows.objective.at(rows.z, with_gradient);
  const auto better = losses < rows.best.losses;
  const auto keep = [&](at::Tensor& best, const at::Tensor& found) {
    Shape of_rows(static_cast<size_t>(found.dim()), 1);
    of_rows[0] = -1;
    best = at::where(better.view(of_rows), found, best);
  };
  keep(rows.best.losses, losses);
  keep(rows.best.images, images);
  keep(rows.best_z, rows.z);
  return gradient;
}

void LatentSearch::draw_anew(Rows& rows) const {
  const auto& p = problem_;
  const auto beyond = (rows.z.abs() > p.clip).cpu();
  const auto rows_beyond = beyond.any(1);
  if (!rows_beyond.any().item<bool>()) return;
  const auto drawn = at::zeros(rows.z.sizes(), at::kFloat);
  for (int64_t row = 0; row < rows.z.size(0); ++row) {
    if (!rows_beyond[row].item<bool>()) continue;
    // A number of the whole search: what a row draws does not depend on who goes with it.
    const auto number = static_cast<uint64_t>((rows.first + row) * p.steps + rows.step);
    fill_uniform({p.seed, Purpose::search, number}, static_cast<float>(p.clip),
                 drawn.mutable_data_ptr<float>() + row * p.latent_size, p.latent_size);
  }
  rows.z = at::where(beyond, drawn, rows.z.cpu()).to(rows.z.device());
}

void LatentSearch::finish(Rows& rows) {
  look(rows, false);
  if (!rows.best.losses.isfinite().all().item<bool>()) {
    throw Error("ERR_DIVERGED",
                "No image of these latents was finite: the generator's weights are too large, or not finite "
                "themselves. Take an earlier checkpoint.");
  }
  const auto copy = [&](const at::Tensor& from, std::vector<float>& to) {
    const auto local = from.cpu().contiguous();
    std::copy_n(local.const_data_ptr<float>(), local.numel(),
                to.data() + rows.first * (local.numel() / local.size(0)));
  };
  copy(rows.best_z, result_.latents);
  copy(rows.best.images, result_.images);
  copy(rows.best.losses, result_.losses);
}

double LatentSearch::rate_of(int64_t step) const {
  const double all = static_cast<double>(problem_.steps), t = static_cast<double>(step) / all;
  const double rise = std::min(1.0, (t + 1 / all) / rising), fall = std::min(1.0, (1 - t) / falling);
  return problem_.learning_rate * rise * (0.5 - 0.5 * std::cos(fall * std::numbers::pi));
}

}  // namespace dcgan
