// What the load driver learns from a payload: is it one to count, is it in order, how old is it.
#pragma once

#include <stdbool.h>
#include <string.h>

#include "histogram.h"

/// A text that stands before something of interest, and where it was found last. Payloads of one run look alike, so
/// the last place is nearly always right and a million frames a second need no search.
struct marker {
  const char *text;
  size_t length;
  size_t place;
};

static inline struct marker marker_of(const char *text) {
  return (struct marker){.text = text, .length = text ? strlen(text) : 0};
}

/// The byte after the marker, or NULL.
static inline const uint8_t *marker_find(struct marker *m, const uint8_t *payload, size_t count) {
  if (m->length == 0 || count < m->length) return NULL;
  if (m->place + m->length <= count && memcmp(payload + m->place, m->text, m->length) == 0)
    return payload + m->place + m->length;
  const uint8_t *found = memmem(payload, count, m->text, m->length);
  if (!found) return NULL;
  m->place = (size_t)(found - payload);
  return found + m->length;
}

/// The decimal number at the start of a text, or 0.
static inline uint64_t digits(const uint8_t *text, const uint8_t *end) {
  uint64_t number = 0;
  for (; text < end && *text >= '0' && *text <= '9'; text++) number = number * 10 + (*text - '0');
  return number;
}

/// The decimal number after the marker, or 0.
static inline uint64_t marker_number(struct marker *m, const uint8_t *payload, size_t count) {
  const uint8_t *found = marker_find(m, payload, count);
  return found ? digits(found, payload + count) : 0;
}

enum { TALLY_PARTS = 4 };

/// Counts of one run. Order is watched from the first frame on, all else only inside the window.
struct tally {
  struct marker only;   // counts only payloads with this text
  struct marker number; // starts every payload that has a number, which grows by one from payload to payload
  struct marker span;   // in a merged payload: how many numbers it covers
  struct marker stamp;  // when it was sent, CLOCK_MONOTONIC in nanoseconds
  bool open;            // inside the window
  uint64_t opened_at, length_ns;
  uint64_t heard; // payloads to count, also outside the window
  uint64_t frames, events, bytes, uncounted, merged, gaps, disorder, unstamped;
  struct histogram age[TALLY_PARTS]; // by the part of the window, so that a growing lag is seen
};

/// Checks a payload's number against the client's last one; returns how many numbers the payload covers.
static inline uint64_t tally_order(struct tally *t, uint64_t *last, const uint8_t *payload, size_t count) {
  // Only at the start: a heartbeat also speaks of offsets, but is no event.
  size_t start = t->number.length;
  if (start == 0 || count <= start || memcmp(payload, t->number.text, start) != 0) return 1;
  uint64_t number = digits(payload + start, payload + count), covered = 1;
  if (number <= *last) {
    t->disorder++;
    return covered;
  }
  if (*last != 0 && number > *last + 1) {
    covered = marker_number(&t->span, payload, count);
    if (covered == 0) covered = 1;
    if (covered == number - *last) t->merged++;
    else if (covered > number - *last) t->disorder++; // it tells again what was told before
    else t->gaps++;
  }
  *last = number;
  return covered;
}

/// Takes one payload that arrived `now`; `last` is the client's last number.
static inline void tally_payload(struct tally *t, uint64_t *last, const uint8_t *payload, size_t count, uint64_t now) {
  uint64_t covered = tally_order(t, last, payload, count);
  if (t->only.length && !marker_find(&t->only, payload, count)) {
    t->uncounted++;
    return;
  }
  t->heard++;
  if (!t->open) return;
  t->frames++;
  t->events += covered;
  t->bytes += count;
  uint64_t sent = marker_number(&t->stamp, payload, count);
  if (sent == 0 || sent > now) {
    t->unstamped++;
    return;
  }
  uint64_t part = (now - t->opened_at) * TALLY_PARTS / t->length_ns;
  histogram_add(&t->age[part < TALLY_PARTS ? part : TALLY_PARTS - 1], now - sent);
}
