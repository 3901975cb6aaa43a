#include "failing_memory.h"

#include <dlfcn.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

/** Of a request that counts, in bytes. Smaller ones are libtorch's own objects. */
constexpr size_t least_counted = 1024;

/** Requests until the one that fails; 0 and below: none will. */
std::atomic<int64_t> remaining = 0;

bool fails(size_t bytes) { return bytes >= least_counted && remaining > 0 && --remaining == 0; }

template <typename F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// In the place of the C library's, for libtorch as well: tensors come from
// posix_memalign, scratch from aligned_alloc.
extern "C" {

__attribute__((visibility("default"))) int posix_memalign(void** to, size_t alignment,
                                                          size_t bytes) noexcept {
  static const auto real = next<int (*)(void**, size_t, size_t)>("posix_memalign");
  return fails(bytes) ? ENOMEM : real(to, alignment, bytes);
}

__attribute__((visibility("default"))) void* aligned_alloc(size_t alignment, size_t bytes) noexcept {
  static const auto real = next<void* (*)(size_t, size_t)>("aligned_alloc");
  return fails(bytes) ? nullptr : real(alignment, bytes);
}
}

void* operator new(size_t bytes) {
  void* memory = fails(bytes) ? nullptr : std::malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace dcgan {

FailingMemory::FailingMemory(int64_t number) { remaining = number; }
FailingMemory::~FailingMemory() { remaining = 0; }
bool FailingMemory::failed() const { return remaining == 0; }

}  // namespace dcgan
