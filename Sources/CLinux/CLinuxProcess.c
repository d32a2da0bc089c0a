#define _GNU_SOURCE
#include "CLinuxProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// posix_spawn and not fork: between fork and exec of a process with threads only async-signal-safe calls are allowed, and
// glibc's posix_spawn keeps that rule, shares the memory until exec, and reports exec's own errors.

static int prepare(
    posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, const int *descriptors, size_t count) {
  int failure = 0;
  for (size_t i = 0; i < count && failure == 0; i++)
    failure = posix_spawn_file_actions_adddup2(actions, descriptors[i], (int)i);
  if (failure == 0) failure = posix_spawn_file_actions_addclosefrom_np(actions, (int)count);
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  if (failure == 0) failure = posix_spawnattr_setsigdefault(attributes, &all);
  if (failure == 0) failure = posix_spawnattr_setsigmask(attributes, &none);
  short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID;
  if (failure == 0) failure = posix_spawnattr_setflags(attributes, flags);
  return failure;
}

int clinux_spawn(
    const char *path, char *const arguments[], char *const environment[], const int *descriptors, size_t count,
    pid_t *process) {
  enum { most = 16 };
  if (count > most) return EINVAL;
  // Moved out of the way first: a source below `count` would be overwritten by an earlier target.
  int moved[most], failure = 0;
  size_t held = 0;
  for (; held < count && failure == 0; held++) {
    moved[held] = fcntl(descriptors[held], F_DUPFD_CLOEXEC, most);
    if (moved[held] < 0) {
      failure = errno;
      break;
    }
  }
  if (failure == 0) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    failure = posix_spawn_file_actions_init(&actions);
    if (failure == 0) {
      failure = posix_spawnattr_init(&attributes);
      if (failure == 0) {
        failure = prepare(&actions, &attributes, moved, count);
        if (failure == 0) failure = posix_spawn(process, path, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
      }
      posix_spawn_file_actions_destroy(&actions);
    }
  }
  for (size_t i = 0; i < held; i++) close(moved[i]);
  return failure;
}

int clinux_process_descriptor(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int clinux_process_signal(int descriptor, int signal) {
  return syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0) == 0 ? 0 : errno;
}

int clinux_process_reap(int descriptor, int *status) {
  siginfo_t ending = {0};
  while (waitid(P_PIDFD, (id_t)descriptor, &ending, WEXITED | WNOHANG) != 0)
    if (errno != EINTR) return -1;
  if (ending.si_pid == 0) return 0;
  *status = ending.si_code == CLD_EXITED ? ending.si_status : -ending.si_status;
  return 1;
}

int clinux_memory_file(const void *bytes, size_t count) {
  int file = memfd_create("agenthub", MFD_CLOEXEC);
  if (file < 0) return -1;
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = write(file, next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      int reason = errno;
      close(file);
      errno = reason;
      return -1;
    }
    next += written;
    count -= (size_t)written;
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }
