#pragma once

/**
 * Included before everything else in a Linux build, so that the binaries start on systems older than the one
 * that they were built on. A linker takes the newest version of a symbol that it sees, though these have had
 * the same meaning since the version named here; docs/packaging.md has the floor, and a test holds the
 * binaries to it.
 */
#include <features.h>

#ifdef __GLIBC__
#if defined(__x86_64__)
#define DCGAN_GLIBC_BASE "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define DCGAN_GLIBC_BASE "GLIBC_2.17"
#endif
#endif

#ifdef DCGAN_GLIBC_BASE
// Moved from libdl to libc in 2.34.
__asm__(".symver dlopen,dlopen@" DCGAN_GLIBC_BASE);
__asm__(".symver dlsym,dlsym@" DCGAN_GLIBC_BASE);
__asm__(".symver dlerror,dlerror@" DCGAN_GLIBC_BASE);
// Without the old wrapper's error handling since 2.29; the arithmetic is the same.
__asm__(".symver exp,exp@" DCGAN_GLIBC_BASE);
__asm__(".symver log,log@" DCGAN_GLIBC_BASE);
__asm__(".symver pow,pow@" DCGAN_GLIBC_BASE);
// std::condition_variable::wait(std::unique_lock<std::mutex>&), exported once more by GCC 12.
__asm__(
    ".symver _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE,"
    "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE@GLIBCXX_3.4.11");
#endif
