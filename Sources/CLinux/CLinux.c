#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t clinux_wall_milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t clinux_monotonic_nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

int clinux_random(void *buffer, size_t count) {
  unsigned char *p = buffer;
  while (count > 0) {
    ssize_t n = getrandom(p, count, 0);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    p += n;
    count -= (size_t)n;
  }
  return 0;
}

int clinux_accept(int listener, void *address, unsigned *length) {
  return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void *clinux_map_mirrored(size_t bytes) {
  int fd = memfd_create("agenthub-log", MFD_CLOEXEC);
  if (fd < 0) return NULL;
  void *start = NULL;
  if (ftruncate(fd, (off_t)bytes) == 0) {
    // Reserve both halves first, so that nothing else can land in the second.
    unsigned char *p = mmap(NULL, bytes * 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p != MAP_FAILED) {
      int flags = MAP_SHARED | MAP_FIXED;
      if (mmap(p, bytes, PROT_READ | PROT_WRITE, flags, fd, 0) != MAP_FAILED
          && mmap(p + bytes, bytes, PROT_READ | PROT_WRITE, flags, fd, 0) != MAP_FAILED) {
        start = p;
      } else {
        int reason = errno;
        munmap(p, bytes * 2);
        errno = reason;
      }
    }
  }
  int reason = errno;
  close(fd);
  errno = reason;
  return start;
}

void clinux_unmap_mirrored(void *start, size_t bytes) { munmap(start, bytes * 2); }

int clinux_errno(void) { return errno; }

static _Thread_local const void *current_loop;
void clinux_set_current_loop(const void *loop) { current_loop = loop; }
const void *clinux_current_loop(void) { return current_loop; }

int clinux_signal_descriptor(const int *signals, size_t count) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
  if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) return -1;
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds) {
  // Kernels before 5.11 lack epoll_pwait2; they get milliseconds, rounded up so that no timer fires early.
  static _Atomic int coarse;
  int count = -1;
  if (nanoseconds <= 0) {
    count = epoll_wait(epoll, events, capacity, nanoseconds < 0 ? -1 : 0);
  } else {
    if (!coarse) {
      struct timespec wait = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
      count = epoll_pwait2(epoll, events, capacity, &wait, NULL);
      if (count < 0 && errno == ENOSYS) coarse = 1;
    }
    if (coarse) {
      int64_t milliseconds = (nanoseconds + 999999) / 1000000;
      count = epoll_wait(epoll, events, capacity, milliseconds > 3600000 ? 3600000 : (int)milliseconds);
    }
  }
  return count < 0 && errno == EINTR ? 0 : count;
}

void clinux_name_thread(const char *name) {
  char kept[16];
  size_t length = 0;
  while (length < sizeof kept - 1 && name[length] != 0) {
    kept[length] = name[length];
    length++;
  }
  kept[length] = 0;
  pthread_setname_np(pthread_self(), kept);
}

uint64_t clinux_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

void clinux_ignore_write_signals(void) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void clinux_keep_freed_memory(void) {
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
  mallopt(M_TOP_PAD, 256 << 10);
}

int clinux_unacknowledged(int descriptor) {
  int bytes = -1;
  return ioctl(descriptor, SIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

int clinux_next_signal(int descriptor) {
  struct signalfd_siginfo report;
  ssize_t count = read(descriptor, &report, sizeof report);
  return count == (ssize_t)sizeof report ? (int)report.ssi_signo : 0;
}
