// Linux calls that the Glibc module does not export, or that need _GNU_SOURCE (which a module header must not define).
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include "CLinuxCountedMemory.h"
#include "CLinuxProcess.h"
#include "CLinuxSendRing.h"

/// Milliseconds since 1970, UTC.
int64_t clinux_wall_milliseconds(void);
/// Nanoseconds of the monotonic clock.
uint64_t clinux_monotonic_nanoseconds(void);
/// Fills a buffer with random bytes from the kernel. Returns 0, or an errno.
int clinux_random(void *buffer, size_t count);
/// accept4 with SOCK_NONBLOCK | SOCK_CLOEXEC. Returns the descriptor, or -1 with errno set.
int clinux_accept(int listener, void *address, unsigned *length);
/// Maps `bytes` (a multiple of the page size) of memory twice, one copy after the other, so that any range of up to
/// `bytes` that begins in the first copy is contiguous. Returns the start, or NULL with errno set.
void *clinux_map_mirrored(size_t bytes);
/// Takes back what clinux_map_mirrored gave.
void clinux_unmap_mirrored(void *start, size_t bytes);
/// errno, as a plain function.
int clinux_errno(void);
/// One pointer a thread: the event loop that runs on this thread, or NULL.
void clinux_set_current_loop(const void *loop);
const void *clinux_current_loop(void);
/// Blocks `signals` on this thread (and on all it starts) and returns a descriptor that reports them, or -1.
int clinux_signal_descriptor(const int *signals, size_t count);
/// epoll_wait with a deadline in nanoseconds: below 0 waits for ever, 0 never waits. A signal counts as no event.
int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds);
/// Names the calling thread (at most 15 bytes are kept).
void clinux_name_thread(const char *name);
/// Raises the limit of open descriptors to the hard limit. Returns the limit that now holds.
uint64_t clinux_raise_descriptor_limit(void);
/// Makes writes to a closed pipe or socket, or beyond a limit on file sizes, fail (EPIPE, EFBIG) instead of ending the process.
void clinux_ignore_write_signals(void);
/// Lets malloc keep up to 8 MB that was freed at the top of an arena, instead of 128 KB.
void clinux_keep_freed_memory(void);
/// Bytes that a stream socket has taken and its peer has not acknowledged, or -1.
int clinux_unacknowledged(int descriptor);
/// The number of the next signal that a descriptor of clinux_signal_descriptor reports, or 0 when there is none.
int clinux_next_signal(int descriptor);
