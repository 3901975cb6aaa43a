#include "step_graph.h"

#include <atomic>

namespace dcgan {
namespace {

// Trainers on several threads ask while another JavaScript environment loads the plug-in once more.
std::atomic<MakeStepGraph> maker = nullptr;

}  // namespace

void use_step_graphs(MakeStepGraph make) { maker = make; }

std::unique_ptr<StepGraph> make_step_graph(at::Device device, const at::Generator& generator) {
  const MakeStepGraph make = maker;
  return make == nullptr ? nullptr : make(device, generator);
}

}  // namespace dcgan
