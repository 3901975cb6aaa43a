#include <c10/core/InferenceMode.h>

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <vector>

#include "../../../native/core/error.h"
#include "../../../native/core/parallel/process_group.h"
#include "harness.h"
#include "small_training.h"
#include "synthetic_training.h"

namespace dcgan {
namespace {

constexpr int64_t steps = 4, data_count = 40;

using Tensors = std::map<std::string, at::Tensor>;

/** Calls `body` for each rank, on a thread each, connected as processes are. Throws what the first of them
 * throws. */
void together(int64_t size, const std::function<void(const std::shared_ptr<ProcessGroup>&)>& body) {
  const auto store = c10::make_intrusive<c10d::HashStore>();
  std::vector<std::exception_ptr> failures(static_cast<size_t>(size));
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        const c10::InferenceMode inference;
        body(std::make_shared<ProcessGroup>(store, ProcessGroup::Place{rank, size, "127.0.0.1", 20}));
      } catch (...) {
        failures[static_cast<size_t>(rank)] = std::current_exception();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

struct Trained {
  Tensors before, after;
  std::vector<double> losses;
};

Tensors copied(const std::vector<NamedTensor>& state) {
  Tensors copies;
  for (const auto& [name, value] : state) copies[name] = value.clone();
  return copies;
}

/** What a process trains in some steps of float64, which no trainer of the product has. */
Trained train_precisely(const Options& options, const std::shared_ptr<const ProcessGroup>& group) {
  Training training(options, Recipe(options), group.get());
  const auto state = [&] {
    auto all = copied(training.generator.state());
    all.merge(copied(training.discriminator.state()));
    if (options.ema > 0) {
      for (const auto& [name, value] : training.average.state()) all["ema." + name] = value.clone();
    }
    return all;
  };
  Trained trained = {state(), {}, {}};
  for (int64_t i = 0; i < steps; ++i) {
    const auto result = training.run(i);
    for (const int64_t which : {0, 1, 3}) trained.losses.push_back(result[which].item<double>());
  }
  trained.after = state();
  return trained;
}

/** What a process trains in some steps, through the ends of epochs too. */
Trained train(const Options& options, const std::shared_ptr<const ProcessGroup>& group) {
  Trainer trainer(options, group);
  const int64_t numbers = Recipe(options).image_numbers();
  std::vector<uint8_t> pixels(static_cast<size_t>(data_count * numbers));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * 31 % 251);
  std::vector<int64_t> labels;
  for (int64_t i = 0; options.classes > 0 && i < data_count; ++i) labels.push_back(i % options.classes);
  trainer.set_data(SharedImages::of(pixels.data(), data_count, numbers), labels, {});
  const auto before = copied(trainer.state());
  const auto [step, losses, seconds, notice, stopped, lost] = take_steps(trainer, steps);
  expect(lost.empty(), lost);
  return {before, copied(trainer.state()), {losses.begin(), losses.end()}};
}

void expect_alike(const Options& options, int64_t size, double limit) {
  const auto& train_in = options.precision == "float64" ? train_precisely : train;
  const auto alone = train_in(options, nullptr);
  std::vector<Trained> each(static_cast<size_t>(size));
  together(size,
           [&](const auto& group) { each[static_cast<size_t>(group->rank())] = train_in(options, group); });
  for (const auto& [name, value] : each[0].after) {
    for (const auto& other : each) {
      expect(at::equal(value, other.after.at(name)), name + " differs between the processes");
    }
    const auto& before = alone.before.at(name);
    expect(at::equal(before, each[0].before.at(name)), name + " begins otherwise");
    // What did not move, as the bias before a batch normalisation would, has no change to be compared with.
    if (at::equal(alone.after.at(name), before)) continue;
    expect_close("the change of " + name, value - before, alone.after.at(name) - before, limit);
  }
  for (size_t i = 0; i < alone.losses.size(); ++i) {
    expect_near("loss number " + std::to_string(i), each[0].losses[i], alone.losses[i],
                limit * (1 + std::abs(alone.losses[i])));
    for (const auto& other : each) expect(other.losses[i] == each[0].losses[i], "the losses differ");
  }
}

Options options_of(const std::string& precision) {
  auto options = quick_options();
  options.batch_size = 12, options.features = 16, options.epsilon = steady_epsilon,
  options.precision = precision;
  return options;
}

/** The first words of an Error, and whether it has this code. */
std::string said_by(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    expect(std::string(error.code()) == "ERR_PARALLEL", std::string("the code is ") + error.code());
    return error.what();
  }
  throw std::runtime_error("nothing was thrown");
}

const bool registered = [] {
  struct Kind {
    std::string name;
    double limit;
  };
  // float64 shows the mathematics: what is left is the order of additions. float32 has its rounding, bfloat16
  // that of what each process's activations are rounded to.
  const std::vector<Kind> precisions = {{"float64", 1e-9}, {"float32", 1e-4}, {"bfloat16", 0.1}};
  for (const auto& [precision, limit] : precisions) {
    for (const int64_t size : {2, 3, 4}) {
      cases().push_back({std::to_string(size) + " processes train in " + precision + " what one trains",
                         [=] { expect_alike(options_of(precision), size, limit); }});
    }
  }
  cases().push_back(
      {"2 processes with every penalty, augmentation and classes train in float64 what one trains", [] {
         auto options = options_of("float64");
         options.r1 = 0.5, options.r2 = 0.25, options.gradient_penalty = 2, options.classes = 4;
         options.translate = options.cutout = options.colour = true;
         options.objective = "lsgan", options.ema = 100, options.spectral_norm = true;
         options.channels = 3, options.image_size = 32;
         expect_alike(options, 2, 1e-8);
       }});
  cases().push_back({"2 processes that train G in every second step train in float64 what one trains", [] {
                       auto options = options_of("float64");
                       options.discriminator_steps = 2;
                       expect_alike(options, 2, 1e-9);
                     }});
  cases().push_back(
      {"processes whose batch statistics are their own have the same weights and running statistics", [] {
         auto options = options_of("float32");
         options.sync_batch_norm = false;
         std::vector<Trained> each(2);
         together(
             2, [&](const auto& group) { each[static_cast<size_t>(group->rank())] = train(options, group); });
         for (const auto& [name, value] : each[0].after) {
           expect(at::equal(value, each[1].after.at(name)), name + " differs");
         }
       }});
  cases().push_back(
      {"gradients that are rounded on their way train what one trains, within their rounding", [] {
         auto options = options_of("float32");
         options.rounded_gradients = true;
         expect_alike(options, 3, 0.05);
       }});
  cases().push_back({"a process that is stopped stops the others after the same step", [] {
                       std::vector<int64_t> reached(2);
                       together(2, [&](const auto& group) {
                         Trainer trainer(quick_options(), group);
                         trainer.set_data(SharedImages::of(pixels_of(4).data(), 4, image_numbers), {}, {});
                         const std::atomic<bool> stop = group->rank() == 1;
                         reached[static_cast<size_t>(group->rank())] = trainer.run(5, stop).step;
                       });
                       expect(reached[0] == 1 && reached[1] == 1, "they took other steps");
                     }});
  cases().push_back({"bytes of any length go to all and come from all", [] {
                       together(3, [](const auto& group) {
                         const std::string mine(static_cast<size_t>(group->rank() * 1000), 'x');
                         expect(group->broadcast(group->rank() == 0 ? "all" : "") == "all",
                                "another text came");
                         expect(group->broadcast("").empty(), "something came");
                         const auto all = group->gather(mine);
                         for (size_t i = 0; i < 3; ++i) expect(all[i].size() == i * 1000, "others came");
                         for (const auto& nothing : group->gather(""))
                           expect(nothing.empty(), "something came");
                       });
                     }});
  cases().push_back({"what a process failed of is thrown by the others, and so is every later call", [] {
                       std::vector<std::string> said(3);
                       together(3, [&](const auto& group) {
                         if (group->rank() == 1) return group->fail("Process 1 has no data.");
                         auto& own = said[static_cast<size_t>(group->rank())];
                         own = said_by([&] { group->sum(at::zeros({4})); });
                         said_by([&] { group->sum(at::zeros({4})); });
                       });
                       expect(said[0] == "Process 1 has no data." && said[2] == said[0],
                              said[0] + " / " + said[2]);
                     }});
  cases().push_back({"a step that loses another process has changed nothing", [] {
                       together(2, [](const auto& group) {
                         Trainer trainer(quick_options(), group);
                         trainer.set_data(SharedImages::of(pixels_of(8).data(), 8, image_numbers), {}, {});
                         take_steps(trainer, 2);
                         if (group->rank() == 1) return;
                         const auto before = copied(trainer.state());
                         const auto run = take_steps(trainer, 3);
                         expect(!run.lost.empty() && run.losses.empty(), "nothing was lost");
                         expect(trainer.step() == 2, "the step was counted");
                         for (const auto& [name, value] : trainer.state()) {
                           expect(at::equal(value, before.at(name)), name + " has moved");
                         }
                       });
                     }});
  return true;
}();

}  // namespace
}  // namespace dcgan
