/**
 * glibc 2.32 tells libstdc++ by this variable that a process has one thread, whose shared pointers then need
 * no atomic operations. One of our own, which always says no, keeps glibc's from being needed.
 */
extern "C" __attribute__((visibility("hidden"))) char __libc_single_threaded;
char __libc_single_threaded = 0;
