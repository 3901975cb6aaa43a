#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>

namespace dcgan {

/**
 * Work on a GPU, recorded once and then replayed as a whole. The plug-in
 * in native/cuda provides it.
 */
class StepGraph {
 public:
  StepGraph() = default;
  virtual ~StepGraph() = default;
  StepGraph(const StepGraph&) = delete;
  StepGraph& operator=(const StepGraph&) = delete;

  /**
   * Records what `work` launches, without computing it. Throws what `work` throws, and c10::Error.
   */
  virtual void capture(const std::function<void()>& work) = 0;
  /** Computes what was recorded, with the generator's numbers from where it stands now. */
  virtual void replay() = 0;
};

/** Makes a graph for a device; the work in it draws from `generator`. */
using MakeStepGraph = std::unique_ptr<StepGraph> (*)(at::Device device, const at::Generator& generator);

/** What the plug-in calls once it is loaded. */
void use_step_graphs(MakeStepGraph make);

/** A graph for `device`, or null where no plug-in was loaded. */
std::unique_ptr<StepGraph> make_step_graph(at::Device device, const at::Generator& generator);

}  // namespace dcgan
