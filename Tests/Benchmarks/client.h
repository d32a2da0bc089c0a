// One client of the load driver: its connection, its handshakes, the frames it takes, and how it resumes.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "frames.h"
#include "tally.h"
#include "transport.h"

enum { ARENA = 1 << 20, READ_SIZE = 256 << 10 };

enum client_state {
  CLOSED,
  CONNECTING, // until the socket is writable
  SECURING,   // TLS's handshake
  UPGRADING,  // WebSocket's handshake
  RESUMING,   // `hello` was sent; what comes before its reply comes again behind it
  OPEN,
};

struct client {
  struct transport transport;
  enum client_state state;
  bool stalls; // never reads
  bool live;   // has all that it asked for
  uint32_t held, capacity; // the start of a frame whose end has not arrived
  uint8_t *hold;
  struct progress progress;
};

/// What the clients of a run have in common.
struct client_plan {
  int port, epoll_fd;
  SSL_CTX *tls;
  const char *path, *protocol, *first_text, *epoch;
};

/// What has become of the clients.
struct client_counts {
  int opened, refused, closed, live, unrecovered;
  uint64_t reads, errors;
};

static struct client_plan plan = {.path = "/", .epoll_fd = -1};
static struct client_counts counts;
static struct tally tally;
static struct histogram live_after; // nanoseconds from the storm to the `live` of each client
static uint64_t storm_at;
static uint8_t arena[ARENA];

static void client_watch(struct client *c, int operation, uint32_t events) {
  struct epoll_event want = {.events = events, .data.ptr = c};
  epoll_ctl(plan.epoll_fd, operation, c->transport.fd, &want);
}

/// Drops the connection and what is left of a frame; its progress is kept.
static void client_drop(struct client *c) {
  transport_close(&c->transport);
  free(c->hold);
  c->hold = NULL;
  c->held = c->capacity = 0;
  c->state = CLOSED;
}

static void client_close(struct client *c) {
  if (c->state == OPEN || c->state == RESUMING) counts.closed++;
  else counts.refused++;
  client_drop(c);
}

static void client_fail(struct client *c) {
  counts.errors++;
  client_close(c);
}

static void client_send(struct client *c, const void *bytes, size_t count) {
  if (!transport_send(&c->transport, bytes, count)) client_close(c);
}

static void client_say(struct client *c, const char *text) {
  uint8_t frame[4096];
  client_send(c, frame, frame_from_client(frame, OPCODE_TEXT, (const uint8_t *)text, strlen(text)));
}

// MARK: handshakes

static void client_connect(struct client *c) {
  c->state = CONNECTING;
  if (transport_open(&c->transport, plan.port, plan.tls, c->stalls)) client_watch(c, EPOLL_CTL_ADD, EPOLLOUT);
  else client_close(c);
}

static void client_ask_for_upgrade(struct client *c) {
  char request[1024];
  int length = snprintf(
      request, sizeof request,
      "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: " HANDSHAKE_KEY "\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
      plan.path, plan.port, plan.protocol ? "Sec-WebSocket-Protocol: " : "", plan.protocol ? plan.protocol : "",
      plan.protocol ? "\r\n" : "");
  c->state = UPGRADING;
  client_send(c, request, (size_t)length);
}

/// Goes on with a connection that is being made.
static void client_advance(struct client *c) {
  if (c->state == CONNECTING) {
    c->state = SECURING;
    client_watch(c, EPOLL_CTL_MOD, EPOLLIN);
  }
  int result = transport_handshake(&c->transport);
  if (result == 1) client_ask_for_upgrade(c);
  else if (result == TRANSPORT_FAILED) client_fail(c);
}

static void client_ask_for_the_missed(struct client *c) {
  char hello[300];
  snprintf(hello, sizeof hello, "{\"id\":1,\"command\":\"hello\",\"resume\":{\"epoch\":\"%s\",\"offset\":%lu}}",
           plan.epoch, c->progress.number);
  c->state = RESUMING;
  client_say(c, hello);
}

/// Takes the answer to the upgrade; returns its size, 0 if it is not whole or was refused.
static size_t client_upgraded(struct client *c, const uint8_t *bytes, size_t count) {
  const uint8_t *stop = memmem(bytes, count, "\r\n\r\n", 4);
  if (!stop) return 0;
  size_t size = (size_t)(stop - bytes) + 4;
  if (memcmp(bytes, "HTTP/1.1 101", 12) != 0 || !memmem(bytes, size, HANDSHAKE_ACCEPT, strlen(HANDSHAKE_ACCEPT))) {
    client_fail(c);
    return 0;
  }
  c->state = OPEN;
  if (c->progress.returned) {
    client_ask_for_the_missed(c);
    return size;
  }
  counts.opened++;
  if (c->stalls) epoll_ctl(plan.epoll_fd, EPOLL_CTL_DEL, c->transport.fd, NULL);
  if (plan.first_text) client_say(c, plan.first_text);
  return size;
}

// MARK: frames

static bool begins_with(const uint8_t *payload, size_t count, const char *start) {
  size_t length = strlen(start);
  return count >= length && memcmp(payload, start, length) == 0;
}

/// Takes a payload while the client is coming back; returns whether it is one to tally.
static bool client_comes_back(struct client *c, const uint8_t *payload, size_t count, uint64_t now) {
  if (c->state == RESUMING) {
    if (!begins_with(payload, count, "{\"reply\":")) return false;
    if (!memmem(payload, count, "\"recovered\":true", 16)) counts.unrecovered++;
    c->state = OPEN;
  } else if (!c->live && begins_with(payload, count, "{\"live\":")) {
    c->live = true;
    counts.live++;
    histogram_add(&live_after, now - storm_at);
  }
  return true;
}

static void client_frame(struct client *c, const struct frame *frame, const uint8_t *payload, uint64_t now) {
  uint8_t reply[140];
  switch (frame->opcode) {
  case OPCODE_TEXT:
  case OPCODE_BINARY:
    if (c->progress.returned && !client_comes_back(c, payload, frame->length, now)) break;
    tally_payload(&tally, &c->progress, payload, frame->length, now);
    break;
  case OPCODE_PING: client_send(c, reply, frame_from_client(reply, OPCODE_PONG, payload, frame->length)); break;
  case OPCODE_CLOSE: client_close(c); break;
  default: break;
  }
}

/// Takes what has arrived; returns how many bytes were used up.
static size_t client_parse(struct client *c, const uint8_t *bytes, size_t count, uint64_t now) {
  size_t used = c->state == UPGRADING ? client_upgraded(c, bytes, count) : 0;
  struct frame frame;
  while (c->state == OPEN || c->state == RESUMING) {
    enum frame_start start = frame_decode(bytes + used, count - used, &frame);
    if (start == FRAME_INVALID || (start == FRAME_COMPLETE && frame.length > ARENA - READ_SIZE - 16)) {
      client_fail(c);
    } else if (start == FRAME_INCOMPLETE || frame.length > count - used - frame.header) {
      break;
    } else {
      const uint8_t *payload = bytes + used + frame.header;
      used += frame.header + frame.length;
      client_frame(c, &frame, payload, now);
    }
  }
  return used;
}

/// Keeps the start of a frame; false when memory is short.
static bool client_hold(struct client *c, const uint8_t *bytes, size_t count) {
  if (count > c->capacity) {
    uint8_t *room = realloc(c->hold, count * 2);
    if (!room) return false;
    c->hold = room;
    c->capacity = (uint32_t)count * 2;
  }
  if (count) memcpy(c->hold, bytes, count);
  c->held = (uint32_t)count;
  return true;
}

/// Reads once; returns whether there is more that epoll would not tell of.
static bool client_read_once(struct client *c) {
  if (c->held) memcpy(arena, c->hold, c->held);
  int count = transport_receive(&c->transport, arena + c->held, READ_SIZE);
  if (count == TRANSPORT_AGAIN) return false;
  if (count <= 0) {
    client_close(c);
    return false;
  }
  counts.reads += tally.open;
  size_t total = c->held + (size_t)count;
  size_t used = client_parse(c, arena, total, now_ns());
  if (c->state == CLOSED) return false;
  if (total - used > ARENA - READ_SIZE || !client_hold(c, arena + used, total - used)) client_fail(c);
  return c->state != CLOSED && transport_has_more(&c->transport);
}

/// Takes what epoll reported.
static void client_ready(struct client *c) {
  if (c->state == CONNECTING || c->state == SECURING) client_advance(c);
  else
    while (c->state != CLOSED && client_read_once(c)) {}
}
