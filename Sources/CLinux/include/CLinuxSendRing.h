// The same bytes to many stream sockets: with one entry into the kernel by io_uring (without liburing), or one send a socket.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct clinux_send_ring clinux_send_ring;

/// A send that did not take all of its bytes.
struct clinux_send_shortfall {
  /// Which one: its index in the sockets given.
  uint64_t place;
  /// Bytes taken, or a negative errno.
  int32_t result;
};

/// Makes a ring for `capacity` sends (a power of two). Returns NULL where the kernel has no io_uring or does not allow it.
clinux_send_ring *clinux_send_ring_make(unsigned capacity);
void clinux_send_ring_free(clinux_send_ring *ring);
/// Sends the same bytes on each socket; it never waits for room. Fills in those that fell short (there may be as many as sockets) and
/// returns their number. One thread owns a ring.
///
/// `ring` may be NULL: then each send is a call. With a ring, at most its capacity of sockets; sends that the kernel refused to look at
/// are among the shortfalls, with -ECANCELED.
int clinux_send_each(clinux_send_ring *ring, const int *descriptors, unsigned count, const void *bytes, size_t length,
                     struct clinux_send_shortfall *shortfalls);
