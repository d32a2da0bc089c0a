// What the load driver learns from a payload: is it one to count, is it in order, how old is it.
#pragma once

#include <stdbool.h>
#include <stdlib.h>
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

/// How far one client is: in the log, and in each conversation.
struct progress {
  uint64_t number; // of the newest payload
  struct position {
    uint64_t conversation; // its name, hashed
    uint64_t seq;
  } *positions;
  uint32_t count, capacity, recent;
  bool returned; // was away since: what it holds may come again
};

/// Counts of one run. Order is watched from the first frame on, all else only inside the window.
struct tally {
  struct marker only;         // counts only payloads with this text
  struct marker number;       // starts every payload that has a number, which grows from payload to payload
  struct marker conversation; // whose events count up by one, in `seq`
  struct marker seq;
  struct marker span;  // in a merged payload: how many events it covers
  struct marker stamp; // when it was sent, CLOCK_MONOTONIC in nanoseconds
  bool open;           // inside the window
  uint64_t opened_at, length_ns;
  uint64_t heard; // payloads to count, also outside the window
  uint64_t frames, events, bytes, uncounted, merged, repeated, gaps, disorder, unstamped;
  struct histogram age[TALLY_PARTS]; // by the part of the window, so that a growing lag is seen
};

/// FNV-1a of the text up to the next quote.
static inline uint64_t name_hash(const uint8_t *text, const uint8_t *end) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (; text < end && *text != '"'; text++) hash = (hash ^ *text) * 0x100000001b3u;
  return hash;
}

/// The client's place in a conversation; a new one has seq 0. NULL when memory is short.
static inline struct position *progress_find(struct progress *p, uint64_t conversation) {
  if (p->recent < p->count && p->positions[p->recent].conversation == conversation) return &p->positions[p->recent];
  for (p->recent = 0; p->recent < p->count; p->recent++)
    if (p->positions[p->recent].conversation == conversation) return &p->positions[p->recent];
  if (p->count == p->capacity) {
    uint32_t capacity = p->capacity ? p->capacity * 2 : 1;
    struct position *room = realloc(p->positions, capacity * sizeof *room);
    if (!room) return NULL;
    p->positions = room;
    p->capacity = capacity;
  }
  p->positions[p->count] = (struct position){.conversation = conversation};
  return &p->positions[p->count++];
}

/// Holds a payload against its conversation; returns how many events it tells that were not told before.
static inline uint64_t tally_seq(struct tally *t, struct progress *p, const uint8_t *payload, size_t count) {
  const uint8_t *name = marker_find(&t->conversation, payload, count);
  uint64_t seq = marker_number(&t->seq, payload, count);
  if (!name || seq == 0) return 1;
  struct position *known = progress_find(p, name_hash(name, payload + count));
  if (!known) return 1;
  if (seq == known->seq + 1) {
    known->seq = seq;
    return 1;
  }
  uint64_t covered = marker_number(&t->span, payload, count);
  if (covered == 0) covered = 1;
  if (seq <= known->seq) { // whoever was cut off among merged deltas gets some of what it holds again
    if (p->returned) t->repeated++;
    else t->disorder++;
    return 0;
  }
  // What came before the client did is no gap.
  if (covered == seq - known->seq || known->seq == 0) t->merged += covered > 1;
  else if (covered < seq - known->seq) t->gaps++;
  else t->disorder++;
  known->seq = seq;
  return covered;
}

/// Checks a payload's number and seq against the client's progress; returns how many events the payload tells.
static inline uint64_t tally_order(struct tally *t, struct progress *p, const uint8_t *payload, size_t count) {
  // Only at the start: a heartbeat also speaks of offsets, but is no event.
  size_t start = t->number.length;
  if (start == 0 || count <= start || memcmp(payload, t->number.text, start) != 0) return 1;
  uint64_t number = digits(payload + start, payload + count);
  if (number <= p->number) {
    t->disorder++;
    return 0;
  }
  p->number = number;
  return tally_seq(t, p, payload, count);
}

/// Takes one payload that arrived `now`.
static inline void tally_payload(struct tally *t, struct progress *p, const uint8_t *payload, size_t count, uint64_t now) {
  uint64_t covered = tally_order(t, p, payload, count);
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
