#pragma once

#include <cstdint>

namespace dcgan {

/**
 * Lets the `number`th request for memory from here on fail, once; counted are those for
 * numbers, not small objects.
 */
class FailingMemory {
 public:
  explicit FailingMemory(int64_t number);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  /** Whether it has failed already. */
  bool failed() const;
};

}  // namespace dcgan
