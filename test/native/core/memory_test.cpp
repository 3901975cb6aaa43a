#include <c10/core/InferenceMode.h>

#include <functional>
#include <thread>

#include "../../../native/core/ops/convolution.h"
#include "../../../native/core/ops/dense.h"
#include "failing_memory.h"
#include "harness.h"
#include "small_training.h"

using namespace dcgan;

namespace {

using Numbers = std::vector<float>;

/** A trainer and what it is asked for; what the calls give are the numbers that must not change. */
struct Asked {
  explicit Asked(const std::string& precision)
      : trainer([&] {
          auto options = quick_options();
          options.precision = precision;
          return options;
        }()) {
    set_data();
  }

  Numbers set_data() {
    trainer.set_data(SharedImages::of(pixels.data(), 4, image_numbers), {}, {});
    return {};
  }
  Numbers run() { return take_steps(trainer, 1).losses; }
  Numbers train_on_batch() {
    const auto losses = trainer.train_on_batch(images.data(), nullptr, nullptr);
    return {losses[0], losses[1]};
  }
  Numbers generate() const {
    Numbers drawn(static_cast<size_t>(3 * image_numbers));
    trainer.generate(noise.data(), 3, drawn.data());
    return drawn;
  }
  Numbers discriminate() const {
    Numbers logits(2);
    trainer.discriminate(images.data(), nullptr, 2, logits.data());
    return logits;
  }
  Numbers weights() const {
    Numbers all;
    for (const auto& [name, value] : trainer.state()) {
      const auto copy = value.clone();
      all.insert(all.end(), copy.const_data_ptr<float>(), copy.const_data_ptr<float>() + copy.numel());
    }
    return all;
  }

  Trainer trainer;
  const std::vector<uint8_t> pixels = pixels_of(4);
  const Numbers images = Numbers(static_cast<size_t>(2 * image_numbers), 0.25f), noise = Numbers(300, 0.5f);
};

/** On a thread of its own, which begins without kernels and without their memory. */
void on_new_thread(const std::function<void()>& body) {
  std::exception_ptr failure;
  std::thread([&] {
    const c10::InferenceMode inference;
    try {
      body();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

/**
 * Asks with the Nth request for memory failing, for N = 1, 2, … until none fails, then once more
 * without failure: that must give what a trainer gives that nothing has happened to.
 */
template <typename Ask>
void expect_survives(const std::string& precision, const Ask& ask) {
  Asked tested(precision), untouched(precision);
  bool failed = true;
  for (int64_t number = 1; failed; ++number) {
    on_new_thread([&] {
      Numbers found;
      bool thrown = false;
      {
        const FailingMemory failing(number);
        try {
          found = ask(tested);
        } catch (const std::exception&) {
          thrown = true;
        }
        failed = failing.failed();
      }
      expect(thrown == failed, failed ? "a failure was swallowed" : "something else was thrown");
      if (thrown) found = ask(tested);
      expect(found == ask(untouched),
             "what follows failure " + std::to_string(number) + " is another result");
    });
  }
  expect(tested.weights() == untouched.weights(), "the weights differ in the end");
  expect(tested.run() == untouched.run(), "the next step differs");
}

/** What `small` gives must be the same after `large`, which needs more scratch memory, found none. */
template <typename Small, typename Large>
void expect_scratch_survives(const Small& small, const Large& large) {
  on_new_thread([&] {
    const at::Tensor before = small();
    // The first request is that of the scratch, but for the results that come before it.
    bool failed = true;
    for (int64_t number = 1; failed; ++number) {
      const FailingMemory failing(number);
      try {
        large();
      } catch (const std::exception&) {
      }
      failed = failing.failed();
      if (failed) expect(at::equal(small(), before), "the small result is another");
    }
    expect(at::equal(small(), before), "the small result is another in the end");
  });
}

const Register dense_scratch{"a dense layer goes on after a larger one found no memory", [] {
                               const auto x = at::ones({2, 8}), w = at::ones({64, 8});
                               expect_scratch_survives(
                                   [&] { return dense(x, w); },
                                   [] { dense(at::ones({512, 1024}), at::ones({1024, 1024})); });
                             }};
const Register convolution_scratch{
    "a convolution in the transform domain goes on after a larger one found no memory", [] {
      const auto x = at::ones({2, 7, 7, 32}), w = at::ones({32, 32, 5, 5});
      const auto large_x = at::ones({2, 7, 7, 256}), large_w = at::ones({256, 256, 5, 5});
      expect_scratch_survives([&] { return convolution(x, w, 1); },
                              [&] { convolution(large_x, large_w, 1); });
    }};

const bool registered = [] {
  const std::vector<std::pair<std::string, std::function<Numbers(Asked&)>>> calls = {
      {"a training step", [](Asked& asked) { return asked.run(); }},
      {"a batch of one's own", [](Asked& asked) { return asked.train_on_batch(); }},
      {"setting the data", [](Asked& asked) { return asked.set_data(); }},
      {"drawing", [](Asked& asked) { return asked.generate(); }},
      {"judging", [](Asked& asked) { return asked.discriminate(); }},
      {"copying the weights", [](Asked& asked) { return asked.weights(); }},
  };
  for (const std::string precision : {"float32", "bfloat16"}) {
    for (const auto& [name, ask] : calls) {
      cases().push_back({"memory that runs out anywhere in " + name + " in " + precision +
                             " is an exception, after which all goes on as without it",
                         [=] { expect_survives(precision, ask); }});
    }
  }
  return true;
}();

}  // namespace
