#pragma once

namespace dcgan {

/**
 * Makes libtorch keep and reuse CPU memory instead of returning it to the system. Once; later calls do
 * nothing. A step frees and allocates the same few large tensors; with malloc each is a new mapping, and the
 * page faults cost as much time as the arithmetic.
 */
void install_caching_allocator();

}  // namespace dcgan
