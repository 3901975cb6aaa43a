#include <sstream>

#include "../../../native/core/network/recipe.h"
#include "harness.h"

using namespace dcgan;

namespace {

std::string text_of(const Shape& shape) {
  std::ostringstream text;
  text << at::IntArrayRef(shape);
  return text.str();
}

/** A line for each layer: name, shapes, and what is trained. */
std::string described(const Network& network) {
  std::string lines;
  for (const auto& layer : network.layers) {
    lines += layer->name + " " + text_of(layer->input) + " → " + text_of(layer->output);
    for (const auto* tensor : layer->parameters())
      lines += ", " + tensor->name + " " + text_of(tensor->shape);
    lines += "\n";
  }
  return lines;
}

void expect_described(const Network& network, const std::string& wanted) {
  const auto found = described(network);
  expect(found == wanted, "found\n" + found + "where this was expected:\n" + wanted);
}

const Register generator{
    "the generator of the recipe is this list", [] {
      expect_described(
          make_generator(Recipe(), at::kCPU, Use::inference),
          "generator.dense [100] → [12544], generator.dense.weight [12544, 100]\n"
          "generator.norm1 [12544] → [12544], generator.norm1.weight [12544], generator.norm1.bias [12544]\n"
          "generator.conv1 [7, 7, 256] → [7, 7, 128], generator.conv1.weight [256, 128, 5, 5]\n"
          "generator.norm2 [7, 7, 128] → [7, 7, 128], generator.norm2.weight [128], generator.norm2.bias "
          "[128]\n"
          "generator.conv2 [7, 7, 128] → [14, 14, 64], generator.conv2.weight [128, 64, 5, 5]\n"
          "generator.norm3 [14, 14, 64] → [14, 14, 64], generator.norm3.weight [64], generator.norm3.bias "
          "[64]\n"
          "generator.conv3 [14, 14, 64] → [28, 28, 1], generator.conv3.weight [64, 1, 5, 5]\n"
          "tanh [28, 28, 1] → [28, 28, 1]\n");
    }};
const Register discriminator{
    "the discriminator of the recipe is this list", [] {
      expect_described(
          make_discriminator(Recipe(), at::kCPU),
          "discriminator.conv1 [28, 28, 1] → [14, 14, 64], discriminator.conv1.weight [64, 1, 5, 5]\n"
          "discriminator.dropout1 [14, 14, 64] → [14, 14, 64], discriminator.conv1.bias [64]\n"
          "discriminator.conv2 [14, 14, 64] → [7, 7, 128], discriminator.conv2.weight [128, 64, 5, 5]\n"
          "discriminator.dropout2 [7, 7, 128] → [7, 7, 128], discriminator.conv2.bias [128]\n"
          "discriminator.dense [6272] → [], discriminator.dense.weight [1, 6272], discriminator.dense.bias "
          "[1]\n");
    }};
const Register first_values{
    "weights begin within Glorot's limits, scales as ones, shifts as zeros, statistics as those of a "
    "standard normal",
    [] {
      const auto network = make_generator(Recipe(), at::kCPU, Use::training);
      network.initialise(7);
      for (const auto& [name, value] : network.state()) {
        const bool one =
            name.find("norm") != std::string::npos && (name.ends_with(".weight") || name.ends_with("_var"));
        if (value.dim() == 1) {
          expect((value == (one ? 1 : 0)).all().item<bool>(), name + " begins otherwise");
        } else {
          const double field = value.dim() == 4 ? 25 : 1,
                       fans = static_cast<double>(value.size(0) + value.size(1)) * field;
          const double limit = std::sqrt(6 / fans), largest = value.abs().max().item<double>();
          expect(largest <= limit && largest > 0.99 * limit, name + " has other limits");
        }
      }
    }};

}  // namespace
