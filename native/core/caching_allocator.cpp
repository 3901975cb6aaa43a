#include "caching_allocator.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <c10/util/Exception.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <bit>
#include <map>
#include <mutex>

#include "kernels/gemm.h"

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

/** Whose a block is: a thread's account, or 0 for threads that have none (OpenMP's, JavaScript's). */
using Account = uint64_t;
constexpr Account nobody = 0;

/** What stands before the data of a block, on a cache line of its own. */
struct alignas(64) Block {
  size_t bytes;
  Account account;
  /** Of the same size and unused. */
  Block* next;

  void* data() { return this + 1; }
  static Block* of(void* data) { return static_cast<Block*>(data) - 1; }
};

/** Nothing but `add` and `open` allocates: blocks are released where no exception may leave. */
class Pool {
 public:
  Account open() {
    const std::lock_guard lock(mutex_);
    accounts_[++last_account_] = 0;
    return last_account_;
  }

  void close(Account account) {
    {
      const std::lock_guard lock(mutex_);
      give_back([&](const Block& block) { return block.account == account || block.account == nobody; });
      accounts_.erase(account);
    }
#ifdef __GLIBC__
    // malloc keeps what was freed in the middle of its heaps.
    malloc_trim(0);
#endif
  }

  int64_t bytes_of(Account account) {
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(account);
    return found == accounts_.end() ? 0 : found->second;
  }

  /** An unused block of this size for `account`; null where there is none. */
  Block* take(size_t bytes, Account account) {
    const std::lock_guard lock(mutex_);
    Block*& first = unused_[bytes];
    if (first == nullptr) return nullptr;
    Block* block = first;
    first = block->next;
    book(*block, -1);
    block->account = account;
    book(*block, +1);
    return block;
  }

  void add(const Block& block) {
    const std::lock_guard lock(mutex_);
    book(block, +1);
  }

  void release(Block* block) {
    const std::lock_guard lock(mutex_);
    const bool wanted = block->account == nobody || accounts_.contains(block->account);
    if (!wanted || block->bytes > largest_kept) return free_block(block);
    // `take` has made the list when this block was asked for.
    Block*& first = unused_.find(block->bytes)->second;
    block->next = first;
    first = block;
  }

  void give_back_everything() {
    const std::lock_guard lock(mutex_);
    give_back([](const Block&) { return true; });
  }

 private:
  template <typename F>
  void give_back(F chosen) {
    for (auto& [bytes, first] : unused_) {
      for (Block** at = &first; *at != nullptr;) {
        Block* block = *at;
        if (chosen(*block)) {
          *at = block->next;
          free_block(block);
        } else {
          at = &block->next;
        }
      }
    }
  }

  void free_block(Block* block) {
    book(*block, -1);
    c10::free_cpu(block);
  }

  void book(const Block& block, int64_t sign) {
    const auto found = accounts_.find(block.account);
    if (found != accounts_.end()) found->second += sign * static_cast<int64_t>(block.bytes);
  }

  std::mutex mutex_;
  std::map<size_t, Block*> unused_;
  /** Bytes by open account. */
  std::map<Account, int64_t> accounts_;
  Account last_account_ = nobody;
};

/** Never destroyed: tensors with static lifetime are freed after any destructor of ours would have run. */
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

thread_local Account own_account = nobody;

Block* from_system(size_t bytes) {
  try {
    return static_cast<Block*>(c10::alloc_cpu(sizeof(Block) + bytes));
  } catch (const c10::Error&) {
    pool().give_back_everything();
    return static_cast<Block*>(c10::alloc_cpu(sizeof(Block) + bytes));
  }
}

void release(void* data) {
  if (data != nullptr) pool().release(Block::of(data));
}

class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t wanted) override {
    void* data = nullptr;
    if (wanted > 0) {
      const size_t bytes = size_class(wanted);
      Block* block = pool().take(bytes, own_account);
      if (block == nullptr) {
        block = new (from_system(bytes)) Block{bytes, own_account, nullptr};
        pool().add(*block);
      }
      data = block->data();
    }
    return {data, data, &dcgan::release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &dcgan::release; }

  void copy_data(void* to, const void* from, size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
};

}  // namespace

void install_caching_allocator() {
  static CachingAllocator* const allocator = [] {
    auto* made = new CachingAllocator;
    c10::SetCPUAllocator(made, 1);
    Scratch::make_room = [] { pool().give_back_everything(); };
    return made;
  }();
  static_cast<void>(allocator);
}

void open_memory_account() {
  struct Closing {
    Account account = pool().open();
    ~Closing() {
      own_account = nobody;
      pool().close(account);
    }
  };
  thread_local const Closing closing;
  own_account = closing.account;
}

int64_t accounted_memory() { return pool().bytes_of(own_account); }

}  // namespace dcgan
