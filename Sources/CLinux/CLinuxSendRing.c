#define _GNU_SOURCE
#include "CLinuxSendRing.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct clinux_send_ring {
  int descriptor;
  unsigned count;
  void *rings;
  size_t rings_size;
  struct io_uring_sqe *entries;
  size_t entries_size;
  // The kernel moves sq_head and cq_tail, we the other two.
  unsigned *sq_tail, *sq_mask, *cq_head, *cq_tail, *cq_mask;
  struct io_uring_cqe *completions;
};

static int map_rings(clinux_send_ring *ring, const struct io_uring_params *p) {
  size_t sq = p->sq_off.array + p->sq_entries * sizeof(unsigned);
  size_t cq = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
  ring->rings_size = sq > cq ? sq : cq;
  ring->entries_size = p->sq_entries * sizeof(struct io_uring_sqe);
  ring->rings = mmap(NULL, ring->rings_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->descriptor,
                     IORING_OFF_SQ_RING);
  if (ring->rings == MAP_FAILED) return -1;
  ring->entries = mmap(NULL, ring->entries_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                       ring->descriptor, IORING_OFF_SQES);
  if (ring->entries == MAP_FAILED) {
    munmap(ring->rings, ring->rings_size);
    return -1;
  }
  char *base = ring->rings;
  ring->sq_tail = (unsigned *)(base + p->sq_off.tail);
  ring->sq_mask = (unsigned *)(base + p->sq_off.ring_mask);
  ring->cq_head = (unsigned *)(base + p->cq_off.head);
  ring->cq_tail = (unsigned *)(base + p->cq_off.tail);
  ring->cq_mask = (unsigned *)(base + p->cq_off.ring_mask);
  ring->completions = (struct io_uring_cqe *)(base + p->cq_off.cqes);
  // Entry n always stands in slot n.
  unsigned *array = (unsigned *)(base + p->sq_off.array);
  for (unsigned i = 0; i < p->sq_entries; i++) array[i] = i;
  return 0;
}

clinux_send_ring *clinux_send_ring_make(unsigned capacity) {
  struct io_uring_params parameters;
  memset(&parameters, 0, sizeof parameters);
  int descriptor = (int)syscall(SYS_io_uring_setup, capacity, &parameters);
  if (descriptor < 0) return NULL;
  // One mapping for both rings, and completions that may be left out, came with Linux 5.4 and 5.17.
  unsigned needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_CQE_SKIP;
  clinux_send_ring *ring = calloc(1, sizeof *ring);
  if (ring) ring->descriptor = descriptor;
  if (!ring || (parameters.features & needed) != needed || map_rings(ring, &parameters) != 0) {
    free(ring);
    close(descriptor);
    return NULL;
  }
  return ring;
}

void clinux_send_ring_free(clinux_send_ring *ring) {
  munmap(ring->entries, ring->entries_size);
  munmap(ring->rings, ring->rings_size);
  close(ring->descriptor);
  free(ring);
}

// Not inlined, so that a profile counts the sends.
__attribute__((noinline)) static void push(struct io_uring_sqe *entry, int descriptor, const void *bytes, unsigned length,
                                           uint64_t place) {
  *entry = (struct io_uring_sqe){
      .opcode = IORING_OP_SEND,
      .flags = IOSQE_CQE_SKIP_SUCCESS,
      .fd = descriptor,
      .addr = (uint64_t)(uintptr_t)bytes,
      .len = length,
      // MSG_DONTWAIT: a full socket ends the send at once instead of leaving it with the kernel. MSG_WAITALL: a part counts as a failure,
      // which is reported although successes are skipped.
      .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_WAITALL,
      .user_data = place,
  };
}

static int reap(clinux_send_ring *ring, struct clinux_send_shortfall *shortfalls) {
  int found = 0;
  unsigned head = *ring->cq_head;
  unsigned tail = __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE);
  for (; head != tail; head++) {
    struct io_uring_cqe *completion = &ring->completions[head & *ring->cq_mask];
    shortfalls[found].place = completion->user_data;
    shortfalls[found].result = completion->res;
    found++;
  }
  __atomic_store_n(ring->cq_head, head, __ATOMIC_RELEASE);
  return found;
}

// Takes back the entries that the kernel has not taken.
static int cancel(clinux_send_ring *ring, struct clinux_send_shortfall *shortfalls) {
  int found = 0;
  unsigned tail = *ring->sq_tail;
  for (unsigned place = tail - ring->count; place != tail; place++) {
    shortfalls[found].place = ring->entries[place & *ring->sq_mask].user_data;
    shortfalls[found].result = -ECANCELED;
    found++;
  }
  __atomic_store_n(ring->sq_tail, tail - ring->count, __ATOMIC_RELEASE);
  ring->count = 0;
  return found;
}

static int send_by_ring(clinux_send_ring *ring, const int *descriptors, unsigned count, const void *bytes, size_t length,
                        struct clinux_send_shortfall *shortfalls) {
  unsigned tail = *ring->sq_tail;
  for (unsigned place = 0; place < count; place++)
    push(&ring->entries[(tail + place) & *ring->sq_mask], descriptors[place], bytes, (unsigned)length, place);
  __atomic_store_n(ring->sq_tail, tail + count, __ATOMIC_RELEASE);
  ring->count = count;
  int found = 0;
  while (ring->count > 0) {
    int done = (int)syscall(SYS_io_uring_enter, ring->descriptor, ring->count, 0, 0, NULL, 0);
    if (done < 0 && errno == EINTR) continue;
    found += reap(ring, shortfalls + found);
    if (done <= 0) return found + cancel(ring, shortfalls + found);
    ring->count -= (unsigned)done;
  }
  return found;
}

static int send_by_calls(const int *descriptors, unsigned count, const void *bytes, size_t length,
                         struct clinux_send_shortfall *shortfalls) {
  int found = 0;
  for (unsigned place = 0; place < count; place++) {
    ssize_t taken = send(descriptors[place], bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken == (ssize_t)length) continue;
    shortfalls[found].place = place;
    shortfalls[found].result = taken < 0 ? -errno : (int32_t)taken;
    found++;
  }
  return found;
}

int clinux_send_each(clinux_send_ring *ring, const int *descriptors, unsigned count, const void *bytes, size_t length,
                     struct clinux_send_shortfall *shortfalls) {
  return ring ? send_by_ring(ring, descriptors, count, bytes, length, shortfalls)
              : send_by_calls(descriptors, count, bytes, length, shortfalls);
}
