// Latencies in buckets that are at most 3 % wide, so that millions of samples cost nothing and a p99 is honest.
#pragma once

#include <stdint.h>

enum { HISTOGRAM_STEPS = 32, HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * 40 };

struct histogram {
  uint64_t counts[HISTOGRAM_BUCKETS];
  uint64_t total;
};

/// The bucket of a value: below 32 its own, above it 32 steps for each doubling.
static inline unsigned histogram_bucket(uint64_t value) {
  if (value < HISTOGRAM_STEPS) return (unsigned)value;
  unsigned shift = 63 - (unsigned)__builtin_clzll(value) - 5;
  unsigned bucket = shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
  return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static inline void histogram_add(struct histogram *h, uint64_t value) {
  h->counts[histogram_bucket(value)]++;
  h->total++;
}

static inline void histogram_merge(struct histogram *into, const struct histogram *from) {
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) into->counts[i] += from->counts[i];
  into->total += from->total;
}

/// The value below which `percent` of the samples lie (the bucket's lower edge); 0 without samples.
static inline uint64_t histogram_percentile(const struct histogram *h, double percent) {
  if (h->total == 0) return 0;
  uint64_t wanted = (uint64_t)((double)h->total * percent / 100), seen = 0;
  if (wanted >= h->total) wanted = h->total - 1;
  for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
    seen += h->counts[i];
    if (seen <= wanted) continue;
    unsigned shift = i < 2 * HISTOGRAM_STEPS ? 0 : i / HISTOGRAM_STEPS - 1;
    return (uint64_t)(i - shift * HISTOGRAM_STEPS) << shift;
  }
  return 0;
}
