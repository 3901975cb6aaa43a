#include "augmentation.h"

#include "../kernels/random.h"
#include "host_numbers.h"

namespace dcgan {
namespace {

enum Number { brightness, saturation, contrast, down, right, cut_row, cut_column, numbers };

/** 0 … S − 1 as [1, S]. */
at::Tensor places(const at::Tensor& x) {
  return at::arange(x.size(1), x.options().dtype(at::kLong)).view({1, -1});
}

}  // namespace

Augmentation::Augmentation(const Options& options, int64_t parts, const BatchShare& share,
                           const at::TensorOptions& tensor)
    : translate_(options.translate), cutout_(options.cutout), colour_(options.colour), share_(share) {
  if (enabled()) numbers_ = at::empty({parts * share.count, numbers}, tensor);
}

void Augmentation::draw(uint64_t seed, int64_t step) {
  if (!enabled()) return;
  for (int64_t own = 0, part = 0; own < numbers_.size(0); own += share_.count, part += share_.of) {
    draw_uniform({seed, Purpose::augmentation, static_cast<uint64_t>(step)},
                 numbers_.narrow(0, own, share_.count), (part + share_.first) * numbers);
  }
}

at::Tensor Augmentation::apply(const at::Tensor& x) const {
  if (!enabled()) return x;
  const auto lighter = colour_ ? x + (number(brightness, 0, x.size(0)) - 0.5) : x;
  return linear(lighter, 0).to(x.scalar_type());
}

at::Tensor Augmentation::linear(const at::Tensor& t, int64_t first) const {
  auto x = colour_ ? recoloured(t, first) : t;
  if (translate_) x = moved(x, first, 1);
  if (cutout_) x = cut(x, first);
  return x.to(t.scalar_type()).contiguous();
}

at::Tensor Augmentation::transposed(const at::Tensor& g, int64_t first) const {
  auto x = cutout_ ? cut(g, first) : g;
  if (translate_) x = moved(x, first, -1);
  if (colour_) x = recoloured(x, first);
  return x.to(g.scalar_type()).contiguous();
}

at::Tensor Augmentation::number(int64_t index, int64_t first, int64_t count) const {
  return numbers_.narrow(0, first, count).select(1, index).view({-1, 1, 1, 1});
}

at::Tensor Augmentation::recoloured(const at::Tensor& x, int64_t first) const {
  const auto about = [](const at::Tensor& value, at::IntArrayRef over, const at::Tensor& factor) {
    const auto mean = value.mean(over, true);
    return mean + (value - mean) * factor;
  };
  const auto saturated = about(x, {3}, number(saturation, first, x.size(0)) * 2);
  return about(saturated, {1, 2, 3}, number(contrast, first, x.size(0)) + 0.5);
}

at::Tensor Augmentation::moved(const at::Tensor& x, int64_t first, int64_t direction) const {
  const int64_t size = x.size(1), reach = (size + 4) / 8;
  const auto from = [&](Number which) {
    const auto drawn = (number(which, first, x.size(0)) * (2 * reach + 1)).floor().to(at::kLong) - reach;
    return places(x) - direction * drawn.view({-1, 1});
  };
  const auto rows = from(down), columns = from(right);
  const auto inside = [&](const at::Tensor& place) { return place.ge(0).logical_and(place.lt(size)); };
  const auto there = inside(rows).view({-1, size, 1, 1}).logical_and(inside(columns).view({-1, 1, size, 1}));
  const auto images = at::arange(x.size(0), rows.options()).view({-1, 1, 1});
  const auto taken = x.index(
      {images, rows.clamp(0, size - 1).view({-1, size, 1}), columns.clamp(0, size - 1).view({-1, 1, size})});
  return taken * there;
}

at::Tensor Augmentation::cut(const at::Tensor& x, int64_t first) const {
  const int64_t size = x.size(1), side = (size + 1) / 2;
  const auto within = [&](Number which) {
    // The middle may be anywhere, so that borders are cut as often as the rest.
    const auto middle =
        (number(which, first, x.size(0)) * (size + 1 - side % 2)).floor().to(at::kLong).view({-1, 1});
    const auto place = places(x) - (middle - side / 2);
    return place.ge(0).logical_and(place.lt(side));
  };
  const auto gone =
      within(cut_row).view({-1, size, 1, 1}).logical_and(within(cut_column).view({-1, 1, size, 1}));
  return x * gone.logical_not();
}

}  // namespace dcgan
