#include "caching_allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <bit>
#include <map>
#include <mutex>
#include <vector>

namespace dcgan {
namespace {

/** Larger blocks go back to the system: only a caller's huge request makes one, never a training step. */
constexpr size_t largest_kept = size_t{1} << 30;

/** Rounds up to one of eight sizes per power of two, so that nearly equal requests share blocks. */
size_t size_class(size_t bytes) {
  if (bytes <= 64) return 64;
  const size_t granule = std::max<size_t>(64, std::bit_floor(bytes - 1) / 8);
  return (bytes + granule - 1) / granule * granule;
}

struct Pool {
  std::mutex mutex;
  std::map<size_t, std::vector<void*>> free_blocks;
};

/** Never destroyed: tensors with static lifetime are freed after any destructor of ours would have run. */
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

/** A block begins with its size, on a cache line of its own; the data follow. */
constexpr size_t header = 64;

size_t& size_of_block(void* data) { return *reinterpret_cast<size_t*>(static_cast<char*>(data) - header); }

void* take(size_t rounded) {
  const std::lock_guard lock(pool().mutex);
  auto found = pool().free_blocks.find(rounded);
  if (found == pool().free_blocks.end() || found->second.empty()) return nullptr;
  void* data = found->second.back();
  found->second.pop_back();
  return data;
}

void release(void* data) {
  if (data == nullptr) return;
  const size_t bytes = size_of_block(data);
  if (bytes > largest_kept) {
    c10::free_cpu(static_cast<char*>(data) - header);
    return;
  }
  const std::lock_guard lock(pool().mutex);
  pool().free_blocks[bytes].push_back(data);
}

class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* data = nullptr;
    if (bytes > 0) {
      const size_t rounded = size_class(bytes);
      data = take(rounded);
      if (data == nullptr) {
        data = static_cast<char*>(c10::alloc_cpu(rounded + header)) + header;
        size_of_block(data) = rounded;
      }
    }
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void* to, const void* from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
};

}  // namespace

void install_caching_allocator() {
  static CachingAllocator* const allocator = [] {
    auto* made = new CachingAllocator;
    c10::SetCPUAllocator(made, 1);
    return made;
  }();
  static_cast<void>(allocator);
}

}  // namespace dcgan
