#pragma once

#include <cstdint>

namespace dcgan {

/**
 * Makes libtorch keep and reuse CPU memory instead of returning it to the system. Once; later calls do
 * nothing. A step frees and allocates the same few large tensors; with malloc each is a new mapping, and the
 * page faults cost as much time as the arithmetic.
 *
 * What is kept belongs to the thread that took it last, which will ask for it again. When that thread ends,
 * its unused blocks go back to the system, and so do all unused blocks before an allocation fails.
 */
void install_caching_allocator();

/** Opens the calling thread's account. It is closed when the thread ends, after the thread's own tensors. */
void open_memory_account();

/** Bytes on the calling thread's account: what it took last, in use or kept. */
int64_t accounted_memory();

}  // namespace dcgan
