#include "process_group.h"

// The part of c10d that needs Gloo is behind it; see native/compat/gloo.
#define USE_C10D_GLOO
#define GLOO_STORE_HAS_STORE_V2

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <utility>

#include "../error.h"
#include "bounded.h"
#include "words.h"

namespace dcgan {
namespace {

using std::chrono::milliseconds;

/** Under which a process that fails leaves the reason, and the others count themselves once they have read
 * it. */
constexpr const char* failure_key = "failure";
constexpr const char* heard_key = "heard";
/** How long it waits for them. */
constexpr milliseconds hearing(2000);
/** How long processes that have all met take to connect, at most. */
constexpr milliseconds connecting(30'000);

milliseconds limit_of(const ProcessGroup::Place& place) {
  return milliseconds(static_cast<int64_t>(place.limit_s * 1000));
}

/** Bytes as a tensor [n] of their own. */
at::Tensor tensor_of(const std::string& bytes) {
  const auto copy = at::empty({static_cast<int64_t>(bytes.size())}, at::kByte);
  std::copy(bytes.begin(), bytes.end(), copy.mutable_data_ptr<uint8_t>());
  return copy;
}

std::string string_of(const at::Tensor& bytes, int64_t count) {
  const auto* first = reinterpret_cast<const char*>(bytes.const_data_ptr<uint8_t>());
  return {first, first + count};
}

/** What wakes those who wait. Gloo's threads hold it, too: they must hold nothing of the group that ends
 * them. */
struct Signal {
  std::mutex mutex;
  std::condition_variable changed;
};

}  // namespace

/** Shared with what is on its way, whose end may come after the group's. */
struct ProcessGroup::State {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
  const std::shared_ptr<Signal> signal = std::make_shared<Signal>();
  bool interrupted = false;
  int64_t size = 0, rank = 0;
  double waited = 0;

  /** Gloo has no call for this: it closes all connections when somebody's patience for a message is at its
   * end. */
  void close_connections() {
    try {
      std::vector<at::Tensor> nothing = {at::empty({1}, at::kByte)};
      gloo->recv(nothing, static_cast<int>((rank + 1) % size), 0)->wait(milliseconds(1));
    } catch (const std::exception&) {
      // That is the end of its patience.
    }
  }

  /** What a process that failed has left; empty for nothing. */
  std::string reason() const {
    try {
      const auto ask = [store = store]() -> std::string {
        if (!store->check({failure_key})) return {};
        const auto said = as_text(store->get(failure_key));
        store->add(heard_key, 1);
        return said;
      };
      return bounded(ask, hearing, [] {}).value_or("");
    } catch (const std::exception&) {
      // Whoever kept it is gone, too.
      return {};
    }
  }

  /** Leaves it for the others, unless there is one already. */
  void leave_reason(const std::string& said) const {
    const auto tell = [store = store, said] {
      store->compareSet(failure_key, {}, stored(said));
      return true;
    };
    bounded(tell, hearing, [] {});
  }

  [[noreturn]] void give_up(const std::exception& error) {
    close_connections();
    const auto said = reason();
    if (!said.empty()) throw Error(ProcessGroup::lost, said);
    throw Error(ProcessGroup::lost,
                "A process of those that train together has ended, cannot be reached or gives no answer (" +
                    first_words(error) +
                    "). See what it wrote; then resume all of them from the newest checkpoint.");
  }

  /** Waits for a work of c10d, or for an interruption. */
  void wait(const c10::intrusive_ptr<c10d::Work>& work) {
    const auto start = std::chrono::steady_clock::now();
    {
      std::unique_lock lock(signal->mutex);
      signal->changed.wait(lock, [&] { return interrupted || work->getFuture()->completed(); });
      waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (interrupted) throw Error(ProcessGroup::lost, "This process has left those that it trained with.");
    }
    try {
      work->wait();
    } catch (const std::exception& error) {
      give_up(error);
    }
  }

  /** What `start` gives, a work of c10d, whose end wakes who waits for it. */
  template <typename F>
  static c10::intrusive_ptr<c10d::Work> begun(const std::shared_ptr<State>& state, const F& start) {
    c10::intrusive_ptr<c10d::Work> work;
    try {
      work = start();
    } catch (const std::exception& error) {
      state->give_up(error);
    }
    work->getFuture()->addCallback([signal = state->signal](c10::ivalue::Future&) {
      {
        const std::lock_guard lock(signal->mutex);
      }
      signal->changed.notify_all();
    });
    return work;
  }
};

ProcessGroup::ProcessGroup(const c10::intrusive_ptr<c10d::Store>& store, const Place& place)
    : place_(place), state_(std::make_shared<State>()) {
  state_->store = store;
  state_->size = place.size;
  state_->rank = place.rank;
  try {
    const auto options = place.address.empty() ? c10d::ProcessGroupGloo::Options::create_default(connecting)
                                               : c10d::ProcessGroupGloo::Options::create(connecting);
    if (!place.address.empty()) {
      options->devices = {c10d::ProcessGroupGloo::createDeviceForHostname(place.address)};
    }
    state_->gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(store, static_cast<int>(place.rank),
                                                               static_cast<int>(place.size), options);
    state_->gloo->setTimeout(limit_of(place));
  } catch (const std::exception& error) {
    // Another process may know better, and the others learn of this one.
    const auto there = state_->reason();
    if (!there.empty()) throw Error(ProcessGroup::lost, there);
    const std::string said =
        "The processes have met and cannot connect (" + first_words(error) +
        "). Set GLOO_SOCKET_IFNAME on each machine to the network interface between them, and let their "
        "firewall pass all ports between these machines.";
    state_->leave_reason("Process " + std::to_string(place.rank) + ": " + said);
    throw Error(ProcessGroup::lost, said);
  }
}

ProcessGroup::~ProcessGroup() { interrupt(); }

void ProcessGroup::interrupt() {
  {
    const std::lock_guard lock(state_->signal->mutex);
    if (std::exchange(state_->interrupted, true)) return;
  }
  state_->signal->changed.notify_all();
  state_->close_connections();
}

double ProcessGroup::waited() const {
  const std::lock_guard lock(state_->signal->mutex);
  return state_->waited;
}

ProcessGroup::Wait ProcessGroup::sum_later(const at::Tensor& x) const {
  // What lies on a GPU goes through the host.
  const auto host = x.cpu();
  const auto work = State::begun(state_, [&] {
    std::vector<at::Tensor> tensors = {host};
    return state_->gloo->allreduce(tensors);
  });
  return [state = state_, work, host, x] {
    state->wait(work);
    if (!x.is_cpu()) x.copy_(host);
  };
}

ProcessGroup::Wait ProcessGroup::sum_rounded_later(const at::Tensor& x) const {
  // Each process sums a part of x: it gets that part of all others, and gives them the sum.
  const int64_t part = (x.numel() + size() - 1) / size();
  const auto parts = [&] { return at::empty({size(), part}, at::kBFloat16); };
  const auto own = parts(), received = parts(), sums = parts();
  own.view(-1).narrow(0, 0, x.numel()).copy_(x.view(-1));
  own.view(-1).narrow(0, x.numel(), own.numel() - x.numel()).zero_();
  const auto work = State::begun(state_, [&] {
    std::vector<int64_t> alike;
    auto to = received.view(at::kByte), from = own.view(at::kByte);
    return state_->gloo->alltoall_base(to, from, alike, alike);
  });
  return [state = state_, work, own, received, sums, x] {
    state->wait(work);
    const auto sum = received.sum(0, false, at::kFloat).to(at::kBFloat16);
    state->wait(State::begun(state, [&] {
      auto to = sums.view(-1).view(at::kByte), from = sum.view(at::kByte);
      return state->gloo->_allgather_base(to, from);
    }));
    x.view(-1).copy_(sums.view(-1).narrow(0, 0, x.numel()));
  };
}

std::string ProcessGroup::broadcast(const std::string& bytes) const {
  const auto from_first = [&](const at::Tensor& x) {
    state_->wait(State::begun(state_, [&] {
      std::vector<at::Tensor> tensors = {x};
      return state_->gloo->broadcast(tensors);
    }));
  };
  const auto count = at::full({1}, static_cast<int64_t>(bytes.size()), at::kLong);
  from_first(count);
  const int64_t size = count.item<int64_t>();
  const auto payload = rank() == 0 ? tensor_of(bytes) : at::empty({size}, at::kByte);
  if (size > 0) from_first(payload);
  return string_of(payload, size);
}

std::vector<std::string> ProcessGroup::gather(const std::string& bytes) const {
  const auto of_all = [&](const at::Tensor& x) {
    std::vector<std::vector<at::Tensor>> all = {{}};
    for (int64_t i = 0; i < size(); ++i) all[0].push_back(at::empty_like(x));
    state_->wait(State::begun(state_, [&] {
      std::vector<at::Tensor> tensors = {x};
      return state_->gloo->allgather(all, tensors);
    }));
    return all[0];
  };
  const auto counts = of_all(at::full({1}, static_cast<int64_t>(bytes.size()), at::kLong));
  int64_t most = 0;
  for (const auto& count : counts) most = std::max(most, count.item<int64_t>());
  std::vector<std::string> gathered(counts.size());
  if (most == 0) return gathered;
  const auto padded = at::zeros({most}, at::kByte);
  padded.narrow(0, 0, static_cast<int64_t>(bytes.size())).copy_(tensor_of(bytes));
  const auto payloads = of_all(padded);
  for (size_t i = 0; i < gathered.size(); ++i)
    gathered[i] = string_of(payloads[i], counts[i].item<int64_t>());
  return gathered;
}

void ProcessGroup::fail(const std::string& reason) {
  {
    const std::lock_guard lock(state_->signal->mutex);
    if (state_->interrupted) return;
  }
  try {
    state_->leave_reason(reason);
    interrupt();
    const auto wait = [store = state_->store, others = size() - 1] {
      const auto end = std::chrono::steady_clock::now() + hearing;
      while (store->add(heard_key, 0) < others && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(milliseconds(10));
      }
      return true;
    };
    bounded(wait, hearing, [] {});
  } catch (const std::exception&) {
    // The store is gone, and with it those who would read it.
    interrupt();
  }
}

}  // namespace dcgan
