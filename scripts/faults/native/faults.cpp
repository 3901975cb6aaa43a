/**
 * A library to be preloaded (LD_PRELOAD): it lets the Nth call of malloc, aligned_alloc, mmap or
 * pthread_create fail, once or for good. Which one is written into the file that DCGAN_FAULTS names, a
 * `Plan`, at any time.
 *
 * Counted are calls from our core library, and on the threads that it starts those from libtorch as well. Not
 * counted are calls from glibc, the dynamic loader, OpenMP and Node: these end the process by themselves when
 * they find no memory for a few bytes, and nobody above them can do anything about it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <new>

namespace {

enum class Kind : int64_t { none, allocate, allocate_aligned, map, start_thread };

/** What the driver writes and reads, as int64 numbers. */
struct Plan {
  std::atomic<Kind> kind;
  std::atomic<int64_t> nth;
  std::atomic<int64_t> for_good;
  /** Calls of this kind since the plan was made, and how many failed. */
  std::atomic<int64_t> calls, failed;
};

enum class Library : uint8_t { core, other, outside };

/** What is called before the preloaded library is set up sees no plan. */
Plan* plan = nullptr;

/** The thread was started by the core. */
__attribute__((tls_model("initial-exec"))) thread_local bool is_worker = false;
/** This library's own calls are not counted. */
__attribute__((tls_model("initial-exec"))) thread_local bool inside = false;

template <typename F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

bool begins(const char* text, const char* part) { return strncmp(text, part, strlen(part)) == 0; }

Library library_of(const void* address) {
  Dl_info info;
  if (dladdr(address, &info) == 0) return Library::outside;
  const char* slash = strrchr(info.dli_fname, '/');
  const char* name = slash == nullptr ? info.dli_fname : slash + 1;
  if (begins(name, "libdcgan_core")) return Library::core;
  return begins(name, "libtorch") || begins(name, "libc10") || begins(name, "libstdc++") ? Library::other
                                                                                         : Library::outside;
}

/** dladdr looks through all symbols of a library, and the same few thousand callers come back. */
Library remembered_library_of(const void* caller) {
  static std::atomic<uintptr_t>
      known[4096];  // An address, and the library in the two bits that it leaves free.
  const auto address = reinterpret_cast<uintptr_t>(caller);
  std::atomic<uintptr_t>& slot = known[address * 0x9e3779b97f4a7c15u >> 52];
  const uintptr_t found = slot.load(std::memory_order_relaxed);
  if (found >> 2 == address) return static_cast<Library>(found & 3);
  inside = true;
  const Library library = library_of(caller);
  inside = false;
  slot.store(address << 2 | static_cast<uintptr_t>(library), std::memory_order_relaxed);
  return library;
}

bool fails(Kind kind, const void* caller) {
  if (plan == nullptr || inside || plan->kind.load(std::memory_order_relaxed) != kind) return false;
  const Library library = remembered_library_of(caller);
  // The C++ library starts the core's threads; on the JavaScript thread nobody else uses std::thread.
  const bool by_core = library == Library::core || (kind == Kind::start_thread && library == Library::other);
  if (!by_core && !(is_worker && library == Library::other)) return false;
  const int64_t call = ++plan->calls;
  const bool failing = plan->for_good != 0 ? call >= plan->nth : call == plan->nth;
  if (failing) ++plan->failed;
  return failing;
}

struct Start {
  void* (*routine)(void*);
  void* argument;
};

void* start_worker(void* data) {
  const Start start = *static_cast<Start*>(data);
  inside = true;
  free(data);
  inside = false;
  is_worker = true;
  return start.routine(start.argument);
}

__attribute__((constructor)) void open_plan() {
  const char* path = getenv("DCGAN_FAULTS");
  const int file = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* memory = mmap(nullptr, sizeof(Plan), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory != MAP_FAILED) plan = static_cast<Plan*>(memory);
}

}  // namespace

extern "C" {

void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t bytes) {
  if (fails(Kind::allocate, __builtin_return_address(0))) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_malloc(bytes);
}

void* calloc(size_t count, size_t bytes) {
  if (fails(Kind::allocate, __builtin_return_address(0))) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_calloc(count, bytes);
}

void* realloc(void* old, size_t bytes) {
  if (fails(Kind::allocate, __builtin_return_address(0))) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_realloc(old, bytes);
}

void* aligned_alloc(size_t alignment, size_t bytes) {
  if (fails(Kind::allocate_aligned, __builtin_return_address(0))) {
    errno = ENOMEM;
    return nullptr;
  }
  return __libc_memalign(alignment, bytes);
}

int posix_memalign(void** to, size_t alignment, size_t bytes) {
  if (fails(Kind::allocate_aligned, __builtin_return_address(0))) return ENOMEM;
  *to = __libc_memalign(alignment, bytes);
  return *to == nullptr ? ENOMEM : 0;
}

void* mmap(void* at, size_t bytes, int protection, int flags, int file, off_t offset) {
  static const auto real = next<decltype(&mmap)>("mmap");
  if (fails(Kind::map, __builtin_return_address(0))) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return real(at, bytes, protection, flags, file, offset);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*),
                   void* argument) {
  static const auto real = next<decltype(&pthread_create)>("pthread_create");
  const void* caller = __builtin_return_address(0);
  if (fails(Kind::start_thread, caller)) return EAGAIN;
  if (library_of(caller) != Library::other) return real(thread, attributes, routine, argument);
  auto* start = static_cast<Start*>(__libc_malloc(sizeof(Start)));
  *start = {routine, argument};
  const int error = real(thread, attributes, &start_worker, start);
  if (error != 0) free(start);
  return error;
}

}  // extern "C"

void* operator new(size_t bytes) {
  if (fails(Kind::allocate, __builtin_return_address(0))) throw std::bad_alloc();
  void* memory = __libc_malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
