/*
 * LD_PRELOAD library that makes file operations fail. Linux, glibc, 64 bit.
 *
 * It stands before the functions of libc that Node's libuv and Python call for files, and leaves alone whatever is not
 * below one directory, so that starting a program is not disturbed. What is to fail it reads in a file that every process
 * maps, named by FAULTS_CONTROL: so calls are counted over a program and its children, and whoever drives the test arms the
 * next case by writing into that file. library.mjs knows the same layout.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum operation { NONE, OPEN, READ, WRITE, SYNC, RENAME, TRUNCATE, UNLINK, MKDIR, STAT, LIST, OPERATIONS };

/* How often: the nth call alone, every one from it on, or the process is killed at it. */
enum mode { ONCE, FOR_GOOD, KILL };

struct control {
  uint32_t armed; /* an operation; with NONE the calls are only counted */
  uint32_t error; /* an errno */
  uint32_t nth;   /* from 1 */
  uint32_t mode;
  uint32_t fired; /* how many calls failed */
  uint32_t calls[OPERATIONS];
  char below[PATH_MAX]; /* absolute, without a slash at the end */
};

static struct control *control;

__attribute__((constructor)) static void map_control(void) {
  const char *path = getenv("FAULTS_CONTROL");
  if (path == NULL) return;
  const int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) control = mapped;
  close(file);
}

/* What libc would have been called. */
#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static int is_below(const char *path) {
  const size_t length = strlen(control->below);
  return length > 0 && strncmp(path, control->below, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static int link_is_below(const char *link) {
  char target[PATH_MAX + 1];
  const ssize_t length = readlink(link, target, PATH_MAX);
  if (length < 0) return 0;
  target[length] = '\0';
  return is_below(target);
}

static int descriptor_is_below(int file) {
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  return link_is_below(link);
}

/* A relative path is taken for one below its directory, which is where it leads unless it has dots. */
static int path_is_below(int directory, const char *path) {
  if (path == NULL || path[0] == '\0') return descriptor_is_below(directory);
  if (path[0] == '/') return is_below(path);
  return directory == AT_FDCWD ? link_is_below("/proc/self/cwd") : descriptor_is_below(directory);
}

/* Counts a call below the directory, and tells whether it is one to fail; then errno is set. */
static int fails(enum operation operation) {
  const uint32_t call = __atomic_add_fetch(&control->calls[operation], 1, __ATOMIC_SEQ_CST);
  if (control->armed != operation) return 0;
  if (control->mode == FOR_GOOD ? call < control->nth : call != control->nth) return 0;
  __atomic_add_fetch(&control->fired, 1, __ATOMIC_SEQ_CST);
  if (control->mode == KILL && operation != WRITE) kill(getpid(), SIGKILL);
  errno = (int)control->error;
  return 1;
}

static int path_fails(enum operation operation, int directory, const char *path) {
  const int before = errno;
  const int below = control != NULL && path_is_below(directory, path);
  errno = before;
  return below && fails(operation);
}

static int descriptor_fails(enum operation operation, int file) {
  const int before = errno;
  const int below = control != NULL && descriptor_is_below(file);
  errno = before;
  return below && fails(operation);
}

/*
 * How many bytes of a write that is to fail are written first, -1 for none. A disk that is full takes what fits, and only
 * the next call fails; a process is killed in the midst of a write.
 */
static ssize_t torn(ssize_t bytes, ssize_t written) {
  if (control->mode == KILL) kill(getpid(), SIGKILL);
  errno = (int)control->error;
  if (control->error != ENOSPC || bytes < 2 || written <= 0) return -1;
  /* The call after this one is the one that fails. */
  if (control->mode == ONCE) __atomic_add_fetch(&control->nth, 1, __ATOMIC_SEQ_CST);
  return written;
}

static int is_first_failure(void) { return __atomic_load_n(&control->fired, __ATOMIC_SEQ_CST) == 1; }

static ssize_t half(ssize_t bytes) {
  const int tears = is_first_failure() && (control->mode == KILL || control->error == ENOSPC);
  return tears ? bytes / 2 : 0;
}

static int mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, int) : 0;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const int mode = mode_of(flags, arguments);
  va_end(arguments);
  return path_fails(OPEN, AT_FDCWD, path) ? -1 : REAL(open)(path, flags, mode);
}
int open64(const char *, int, ...) __attribute__((alias("open")));

int openat(int directory, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const int mode = mode_of(flags, arguments);
  va_end(arguments);
  return path_fails(OPEN, directory, path) ? -1 : REAL(openat)(directory, path, flags, mode);
}
int openat64(int, const char *, int, ...) __attribute__((alias("openat")));

FILE *fopen(const char *path, const char *mode) {
  return path_fails(OPEN, AT_FDCWD, path) ? NULL : REAL(fopen)(path, mode);
}
FILE *fopen64(const char *, const char *) __attribute__((alias("fopen")));

ssize_t read(int file, void *bytes, size_t count) {
  return descriptor_fails(READ, file) ? -1 : REAL(read)(file, bytes, count);
}

ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
  return descriptor_fails(READ, file) ? -1 : REAL(pread)(file, bytes, count, offset);
}
ssize_t pread64(int, void *, size_t, off_t) __attribute__((alias("pread")));

ssize_t readv(int file, const struct iovec *parts, int count) {
  return descriptor_fails(READ, file) ? -1 : REAL(readv)(file, parts, count);
}

ssize_t preadv(int file, const struct iovec *parts, int count, off_t offset) {
  return descriptor_fails(READ, file) ? -1 : REAL(preadv)(file, parts, count, offset);
}
ssize_t preadv64(int, const struct iovec *, int, off_t) __attribute__((alias("preadv")));

ssize_t write(int file, const void *bytes, size_t count) {
  if (!descriptor_fails(WRITE, file)) return REAL(write)(file, bytes, count);
  const ssize_t written = half(count) > 0 ? REAL(write)(file, bytes, half(count)) : 0;
  return torn(count, written);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  if (!descriptor_fails(WRITE, file)) return REAL(pwrite)(file, bytes, count, offset);
  const ssize_t written = half(count) > 0 ? REAL(pwrite)(file, bytes, half(count), offset) : 0;
  return torn(count, written);
}
ssize_t pwrite64(int, const void *, size_t, off_t) __attribute__((alias("pwrite")));

/* Of several parts the first is torn. */
ssize_t writev(int file, const struct iovec *parts, int count) {
  if (!descriptor_fails(WRITE, file)) return REAL(writev)(file, parts, count);
  const ssize_t bytes = count > 0 ? (ssize_t)parts[0].iov_len : 0;
  return torn(bytes, half(bytes) > 0 ? REAL(write)(file, parts[0].iov_base, half(bytes)) : 0);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
  if (!descriptor_fails(WRITE, file)) return REAL(pwritev)(file, parts, count, offset);
  const ssize_t bytes = count > 0 ? (ssize_t)parts[0].iov_len : 0;
  return torn(bytes, half(bytes) > 0 ? REAL(pwrite)(file, parts[0].iov_base, half(bytes), offset) : 0);
}
ssize_t pwritev64(int, const struct iovec *, int, off_t) __attribute__((alias("pwritev")));

int fsync(int file) { return descriptor_fails(SYNC, file) ? -1 : REAL(fsync)(file); }

int fdatasync(int file) { return descriptor_fails(SYNC, file) ? -1 : REAL(fdatasync)(file); }

int rename(const char *from, const char *to) {
  return path_fails(RENAME, AT_FDCWD, to) ? -1 : REAL(rename)(from, to);
}

int ftruncate(int file, off_t length) {
  return descriptor_fails(TRUNCATE, file) ? -1 : REAL(ftruncate)(file, length);
}
int ftruncate64(int, off_t) __attribute__((alias("ftruncate")));

int unlink(const char *path) { return path_fails(UNLINK, AT_FDCWD, path) ? -1 : REAL(unlink)(path); }

int unlinkat(int directory, const char *path, int flags) {
  return path_fails(UNLINK, directory, path) ? -1 : REAL(unlinkat)(directory, path, flags);
}

int rmdir(const char *path) { return path_fails(UNLINK, AT_FDCWD, path) ? -1 : REAL(rmdir)(path); }

int mkdir(const char *path, mode_t mode) { return path_fails(MKDIR, AT_FDCWD, path) ? -1 : REAL(mkdir)(path, mode); }

int mkdirat(int directory, const char *path, mode_t mode) {
  return path_fails(MKDIR, directory, path) ? -1 : REAL(mkdirat)(directory, path, mode);
}

char *mkdtemp(char *path) { return path_fails(MKDIR, AT_FDCWD, path) ? NULL : REAL(mkdtemp)(path); }

int access(const char *path, int mode) { return path_fails(STAT, AT_FDCWD, path) ? -1 : REAL(access)(path, mode); }

/* libuv asks by the bare system call. */
long syscall(long number, ...) {
  va_list arguments;
  va_start(arguments, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_statx && path_fails(STAT, (int)a[0], (const char *)a[1])) return -1;
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

DIR *opendir(const char *path) { return path_fails(LIST, AT_FDCWD, path) ? NULL : REAL(opendir)(path); }

int scandir64(const char *path, struct dirent64 ***names, int (*filter)(const struct dirent64 *),
              int (*compare)(const struct dirent64 **, const struct dirent64 **)) {
  return path_fails(LIST, AT_FDCWD, path) ? -1 : REAL(scandir64)(path, names, filter, compare);
}
