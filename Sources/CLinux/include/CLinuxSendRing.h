// Many sends in one entry into the kernel: io_uring, without liburing. One thread owns a ring.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct clinux_send_ring clinux_send_ring;

/// A send that did not take all of its bytes.
struct clinux_send_shortfall {
  /// What was given to clinux_send_ring_push.
  uint64_t tag;
  /// Bytes taken, or a negative errno.
  int32_t result;
};

/// Makes a ring for `capacity` sends (a power of two). Returns NULL where the kernel has no io_uring or does not allow it.
clinux_send_ring *clinux_send_ring_make(unsigned capacity);
void clinux_send_ring_free(clinux_send_ring *ring);
/// Notes a send on a stream socket; it never waits for room. At most `capacity` between two flushes.
void clinux_send_ring_push(clinux_send_ring *ring, int descriptor, const void *bytes, unsigned count, uint64_t tag);
/// Does all noted sends before it returns. Fills in those that fell short (there may be as many as were noted) and returns their number.
/// Sends that the kernel refused to look at are among them, with -ECANCELED.
int clinux_send_ring_flush(clinux_send_ring *ring, struct clinux_send_shortfall *shortfalls);
