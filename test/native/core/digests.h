#pragma once

namespace dcgan {

/** Prints digests of random numbers, one a line, which must not depend on the vector unit. */
void print_digests();

}  // namespace dcgan
