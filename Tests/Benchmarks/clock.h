// The one clock of the benchmarks: every stamp in a payload and every reader of it uses CLOCK_MONOTONIC.
#pragma once

#include <stdint.h>
#include <time.h>

/// Nanoseconds since boot.
static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
