// What Linux tells about a process and a core: exact CPU time, time spent waiting for a core, memory, idleness.
#pragma once

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/// CPU time of all threads, also of those that have ended, in nanoseconds; 0 if the process is gone.
static inline uint64_t process_cpu_ns(pid_t pid) {
  clockid_t clock;
  struct timespec t;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/// Time the living threads were ready but not running, summed, in nanoseconds (second field of `schedstat`).
static inline uint64_t process_wait_ns(pid_t pid) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) return 0;
  uint64_t sum = 0;
  for (struct dirent *task; (task = readdir(tasks));) {
    unsigned long long run, wait;
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", pid, task->d_name);
    FILE *file = task->d_name[0] == '.' ? NULL : fopen(path, "r");
    if (!file) continue;
    if (fscanf(file, "%llu %llu", &run, &wait) == 2) sum += wait;
    fclose(file);
  }
  closedir(tasks);
  return sum;
}

/// Resident bytes. `smaps_rollup` counts pages; `statm` is a sloppy counter that can be megabytes off.
static inline uint64_t process_rss(pid_t pid) {
  char path[64], line[256];
  unsigned long long kib = 0;
  snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "Rss: %llu kB", &kib) == 1) break;
  fclose(file);
  return kib * 1024;
}

/// Lets `process_peak_rss` begin anew.
static inline void process_reset_peak(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/clear_refs", pid);
  FILE *file = fopen(path, "w");
  if (!file) return;
  fputs("5", file);
  fclose(file);
}

/// The most resident bytes since `process_reset_peak`.
static inline uint64_t process_peak_rss(pid_t pid) {
  char path[64], line[256];
  unsigned long long kib = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "VmHWM: %llu kB", &kib) == 1) break;
  fclose(file);
  return kib * 1024;
}

/// Time a core was idle since boot, in nanoseconds (ticks of 10 ms).
static inline uint64_t core_idle_ns(int core) {
  char line[512];
  FILE *file = fopen("/proc/stat", "r");
  if (!file) return 0;
  uint64_t idle_ns = 0;
  while (fgets(line, sizeof line, file)) {
    int index;
    unsigned long long user, nice, system, idle, iowait;
    if (sscanf(line, "cpu%d %llu %llu %llu %llu %llu", &index, &user, &nice, &system, &idle, &iowait) == 6
        && index == core)
      idle_ns = (idle + iowait) * (1000000000u / (uint64_t)sysconf(_SC_CLK_TCK));
  }
  fclose(file);
  return idle_ns;
}
