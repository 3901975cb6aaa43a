#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "process_group.h"

namespace dcgan {

/** How the processes that train together find each other. */
struct Meeting {
  int64_t rank, size;
  /** Where the store is: rank 0 keeps it there, unless the launcher does. */
  std::string host;
  uint16_t port;
  bool launcher_keeps_store;
  /** Tells this job from others that meet in the same store. */
  std::string name;
  /** What this process is called in messages: its machine. */
  std::string machine;
  /** The longest that one process waits for the others, now and later. */
  double limit_s;
};

/**
 * Waits until all processes are there, and connects them. Throws ERR_PARALLEL: the store cannot be reached,
 * its port is in use, some process has not come within the limit (it says which), two have the same rank or
 * were told of other numbers; or `interrupted` was set meanwhile.
 */
std::shared_ptr<ProcessGroup> meet(const Meeting& meeting, const std::atomic<bool>& interrupted);

}  // namespace dcgan
