#include "threads.h"

#include <ATen/Parallel.h>

#ifdef __linux__
#include <sched.h>
#endif

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "cpu_quota.h"

namespace dcgan {
namespace {

constexpr int most_threads = 1024;

/** The first number of OMP_NUM_THREADS, which may be a list for nested regions ("4,2"); 0 where there is
 * none. */
int asked_by_environment() {
  const char* text = std::getenv("OMP_NUM_THREADS");
  const long number = text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  return static_cast<int>(std::clamp<long>(number, 0, most_threads));
}

/** The CPUs of the process's affinity mask (`taskset`, a container's cpuset). */
int usable_cpus() {
#ifdef __linux__
  // The kernel refuses a mask that is smaller than its own.
  for (int room = 1024; room <= 1 << 20; room *= 2) {
    std::vector<cpu_set_t> mask(room / CPU_SETSIZE);
    const size_t bytes = mask.size() * sizeof(cpu_set_t);
    if (sched_getaffinity(0, bytes, mask.data()) == 0) return std::max(1, CPU_COUNT_S(bytes, mask.data()));
  }
#endif
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

/** Makes `count` threads that are there at the same time, and ends them. */
void try_threads(int count) {
  std::mutex gate;
  std::vector<std::thread> threads;
  std::exception_ptr refusal;
  {
    const std::lock_guard closed(gate);
    try {
      while (static_cast<int>(threads.size()) < count) {
        threads.emplace_back([&gate] { const std::lock_guard passed(gate); });
      }
    } catch (...) {
      refusal = std::current_exception();
    }
  }
  for (auto& thread : threads) thread.join();
  if (refusal) std::rethrow_exception(refusal);
}

}  // namespace

ThreadCount default_threads(const std::string& root) {
  if (const int asked = asked_by_environment(); asked > 0) return {asked, "OMP_NUM_THREADS"};
  const int cpus = std::min(usable_cpus(), most_threads);
  const auto quota = cpu_quota(root);
  // A quota of 1.5 CPUs is used up by two threads, and not by one.
  if (quota && std::ceil(*quota) < cpus) {
    return {std::max(1, static_cast<int>(std::ceil(*quota))), "the CPU quota of the control group"};
  }
  return {cpus, "the CPUs that this process may use"};
}

void use_threads(int threads) {
  // Each thread of ours has a team of its own, which OpenMP makes at its first use. The process has a pool
  // besides, which libtorch makes when it is told a number of threads for the first time.
  thread_local int team = 1;
  static std::atomic<bool> has_pool = false;
  if (threads > team) {
    try {
      try_threads((has_pool ? 1 : 2) * (threads - 1));
    } catch (const std::system_error& refusal) {
      throw thread_refused(refusal);
    }
  }
  at::set_num_threads(threads);
  has_pool = true;
  if (threads > team) at::parallel_for(0, threads, 1, [](int64_t, int64_t) {});
  team = threads;
}

Error thread_refused(const std::system_error& refusal) {
  return {"ERR_THREADS", "The system refused to make a thread (" + refusal.code().message() +
                             "). Use fewer threads, or raise the limit: ulimit -u, or pids.max of the "
                             "container."};
}

}  // namespace dcgan
