#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "batch_share.h"

namespace c10d {
class Store;
}

namespace dcgan {

/**
 * Processes that train together, on libtorch's own (c10d::ProcessGroupGloo, connected by TCP). Each has a
 * rank. All make the same calls in the same order, each from one thread at a time; `interrupt` alone may come
 * from any. Calls throw ERR_PARALLEL once a process has ended, cannot be reached, gives no answer within the
 * limit, or said that it failed; from then on every call does, on every process.
 */
class ProcessGroup {
 public:
  /** The code of the errors that calls throw. */
  static constexpr const char* lost = "ERR_PARALLEL";

  /** Where the group is met. */
  struct Place {
    int64_t rank, size;
    /** The address through which the others are reached; empty: what GLOO_SOCKET_IFNAME or the host's name
     * says. */
    std::string address;
    /** The longest that one process waits for the others. */
    double limit_s;
  };

  /** Connects all processes. They have met in `store`, where the names of this group's keys are its own. */
  ProcessGroup(const c10::intrusive_ptr<c10d::Store>& store, const Place& place);
  /** Others that still wait for this process are told that it is gone. */
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  int64_t rank() const { return place_.rank; }
  int64_t size() const { return place_.size; }

  /** This process's part of a batch that all divide alike. */
  BatchShare share_of(int64_t batch) const {
    const int64_t count = batch / size();
    return {rank() * count, count, batch};
  }

  /** Waits for what is on its way. */
  using Wait = std::function<void()>;

  /**
   * x ← Σ x over the processes, contiguous, float32 or float64. The order of the additions follows from the
   * number of processes and the size of x, and all processes have the same bits.
   */
  void sum(const at::Tensor& x) const { sum_later(x)(); }
  /** The same meanwhile: x belongs to it until it was waited for. */
  Wait sum_later(const at::Tensor& x) const;

  /**
   * The same of float32 with half as much to send: what each process has is rounded to bfloat16, the sums are
   * taken in float32, and rounded once more.
   */
  Wait sum_rounded_later(const at::Tensor& x) const;

  /** What rank 0 gave, of any length, on every process. */
  std::string broadcast(const std::string& bytes) const;
  /** What each gave, in the order of the ranks. */
  std::vector<std::string> gather(const std::string& bytes) const;

  /** Seconds that calls have waited, in all. */
  double waited() const;

  /**
   * Says why this process cannot go on, and breaks the group: the calls of the others throw this reason. It
   * waits a moment for them to read it.
   */
  void fail(const std::string& reason);

  /** Whoever waits, and every later call, throws, here and on the other processes. */
  void interrupt();

 private:
  struct State;
  const Place place_;
  const std::shared_ptr<State> state_;
};

}  // namespace dcgan
