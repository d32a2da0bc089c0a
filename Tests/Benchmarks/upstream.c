// upstream: a scripted OpenAI-compatible server. A POST with `"stream":true` is answered with --chunks content deltas,
// --rate a second, each carrying the moment it was sent (`t=<CLOCK_MONOTONIC ns>;`, padded to --bytes), then the
// finish reason, the usage and [DONE]; the first is sent somewhere in the first period, or with --at-once as soon as the
// request is there. Any other POST gets a whole answer. One epoll thread, many requests at once, connections are kept alive.
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"

enum { EVENTS = 64, MOST_CONNECTIONS = 4096, REQUEST_SIZE = 256 << 10, OUTPUT_SIZE = 64 << 10 };

struct connection {
  int fd;
  size_t received, pending, written;
  bool blocked; // waits until the socket is writable
  long chunk; // -1 when no answer is being streamed
  uint64_t started_at;
  char *request, *output;
};

static int port, chunk_bytes = 24, epoll_fd, listener, timer;
static long chunks = 100;
static double rate = 50;
static bool at_once;
static struct connection connections[MOST_CONNECTIONS];
static unsigned answers;
static int highest; // no connection has a higher descriptor

static void check(bool fine, const char *what) {
  if (fine) return;
  fprintf(stderr, "upstream: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void watch(int operation, int fd, uint32_t events, void *what) {
  struct epoll_event want = {.events = events, .data.ptr = what};
  check(epoll_ctl(epoll_fd, operation, fd, &want) == 0, "epoll_ctl");
}

static void drop(struct connection *c) {
  close(c->fd);
  free(c->request);
  free(c->output);
  *c = (struct connection){.fd = -1, .chunk = -1};
}

// MARK: writing

/// Sends what is pending; the rest goes when the socket is writable again.
static void flush(struct connection *c) {
  ssize_t count = send(c->fd, c->output + c->written, c->pending - c->written, MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN) {
    drop(c);
    return;
  }
  if (count > 0) c->written += (size_t)count;
  bool blocked = c->written < c->pending;
  if (!blocked) c->written = c->pending = 0;
  if (blocked != c->blocked) watch(EPOLL_CTL_MOD, c->fd, EPOLLIN | (blocked ? (uint32_t)EPOLLOUT : 0), c);
  c->blocked = blocked;
}

/// Appends one server-sent event as one HTTP chunk.
static void append_event(struct connection *c, const char *json) {
  char *at = c->output + c->pending;
  size_t room = OUTPUT_SIZE - c->pending;
  c->pending += (size_t)snprintf(at, room, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + 8, json);
}

static void append_delta(struct connection *c, const char *delta, const char *finish) {
  char json[4096];
  snprintf(json, sizeof json,
           "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"bench\","
           "\"choices\":[{\"index\":0,\"delta\":{%s},\"finish_reason\":%s}]}",
           delta, finish);
  append_event(c, json);
}

static void begin_answer(struct connection *c) {
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  memcpy(c->output + c->pending, head, sizeof head - 1);
  c->pending += sizeof head - 1;
  append_delta(c, "\"role\":\"assistant\",\"content\":\"\"", "null");
  // Golden-ratio phases keep answers that were asked for together from sending in step.
  double phase = at_once ? 0 : (double)(++answers) * 0.6180339887;
  c->started_at = now_ns() + (uint64_t)((phase - (double)(long)phase) * 1e9 / rate);
  c->chunk = 0;
}

static void end_answer(struct connection *c) {
  char usage[300];
  append_delta(c, "", "\"stop\"");
  snprintf(usage, sizeof usage,
           "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"bench\","
           "\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":%ld,\"total_tokens\":%ld}}",
           chunks, chunks + 1);
  append_event(c, usage);
  append_event(c, "[DONE]");
  memcpy(c->output + c->pending, "0\r\n\r\n", 5);
  c->pending += 5;
  c->chunk = -1;
}

static void append_chunk(struct connection *c) {
  char delta[2048];
  int start = snprintf(delta, sizeof delta, "\"content\":\""), length = start;
  length += snprintf(delta + length, sizeof delta - (size_t)length, "t=%lu;", now_ns());
  while (length < start + chunk_bytes - 1) delta[length++] = 'x';
  delta[length++] = ' ';
  delta[length++] = '"';
  delta[length] = 0;
  append_delta(c, delta, "null");
  c->chunk++;
}

/// An answer that was not asked for as a stream.
static void answer_whole(struct connection *c) {
  char json[512];
  int length = snprintf(json, sizeof json,
                        "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"bench\",\"choices\":"
                        "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"t=%lu;\"},\"finish_reason\":\"stop\"}],"
                        "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}",
                        now_ns());
  c->pending += (size_t)snprintf(c->output + c->pending, OUTPUT_SIZE - c->pending,
                                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                                 length, json);
}

// MARK: pace

static uint64_t due_time(const struct connection *c) {
  return c->started_at + (uint64_t)((double)c->chunk * 1e9 / rate);
}

/// Sends what is due. A reader that is behind by a whole output buffer holds its stream up.
static void send_due(struct connection *c, uint64_t now) {
  if (c->chunk < 0) return;
  bool added = false;
  while (c->chunk < chunks && due_time(c) <= now && c->pending < OUTPUT_SIZE / 2) {
    append_chunk(c);
    added = true;
  }
  if (c->chunk == chunks) end_answer(c);
  if (added || c->chunk < 0) flush(c);
}

static void set_timer(uint64_t at) {
  struct timespec t = {.tv_sec = (time_t)(at / 1000000000u), .tv_nsec = (long)(at % 1000000000u)};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &(struct itimerspec){.it_value = t}, NULL);
}

/// Sends what is due on every connection and sleeps until the next is.
static void pace(void) {
  uint64_t now = now_ns(), next = now + 1000000000u;
  for (int i = 0; i <= highest; i++) {
    struct connection *c = &connections[i];
    if (c->chunk < 0) continue;
    send_due(c, now);
    if (c->chunk >= 0 && due_time(c) < next) next = due_time(c);
  }
  // A stream that is held up is due in the past; a millisecond keeps the loop from spinning on it.
  set_timer(next > now ? next : now + 1000000);
}

// MARK: reading

/// The size of the first request in the buffer, 0 while it is not whole.
static size_t request_size(const char *text, size_t count) {
  const char *stop = memmem(text, count, "\r\n\r\n", 4);
  if (!stop) return 0;
  size_t head = (size_t)(stop - text) + 4, body = 0;
  for (const char *line = text; line < stop; line++) {
    if (strncasecmp(line, "\nContent-Length:", 16) == 0) body = strtoul(line + 16, NULL, 10);
  }
  return head + body <= count ? head + body : 0;
}

static void receive(struct connection *c) {
  ssize_t count = recv(c->fd, c->request + c->received, REQUEST_SIZE - 1 - c->received, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    drop(c);
    return;
  }
  c->received += (size_t)count;
  c->request[c->received] = 0;
  size_t size = request_size(c->request, c->received);
  if (size == 0 || c->chunk >= 0) return;
  bool streams = memmem(c->request, size, "\"stream\":true", 13) || memmem(c->request, size, "\"stream\": true", 14);
  c->received -= size;
  memmove(c->request, c->request + size, c->received);
  if (streams) begin_answer(c);
  else answer_whole(c);
  flush(c);
  if (streams) pace();
}

static void accept_all(void) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    int yes = 1;
    if (fd >= MOST_CONNECTIONS) {
      close(fd);
      continue;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connections[fd] =
        (struct connection){.fd = fd, .chunk = -1, .request = malloc(REQUEST_SIZE), .output = malloc(OUTPUT_SIZE)};
    if (fd > highest) highest = fd;
    check(connections[fd].request && connections[fd].output, "malloc");
    watch(EPOLL_CTL_ADD, fd, EPOLLIN, &connections[fd]);
  }
}

static void start(void) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int yes = 1;
  for (int i = 0; i < MOST_CONNECTIONS; i++) connections[i] = (struct connection){.fd = -1, .chunk = -1};
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
  check(listen(listener, 1024) == 0, "listen");
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
  watch(EPOLL_CTL_ADD, timer, EPOLLIN, &timer);
}

static void serve(void) {
  struct epoll_event events[EVENTS];
  for (;;) {
    int ready = epoll_wait(epoll_fd, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      uint64_t expirations;
      if (events[i].data.ptr == &listener) {
        accept_all();
      } else if (events[i].data.ptr == &timer) {
        if (read(timer, &expirations, sizeof expirations) > 0) pace();
      } else if (c->fd >= 0) {
        if (events[i].events & EPOLLOUT) flush(c);
        if (c->fd >= 0 && events[i].events & ~(uint32_t)EPOLLOUT) receive(c);
      }
    }
  }
}

int main(int count, char **arguments) {
  static const struct option names[] = {
      {"port", 1, 0, 'p'}, {"chunks", 1, 0, 'm'}, {"rate", 1, 0, 'r'}, {"bytes", 1, 0, 'b'},
      {"at-once", 0, 0, 'a'}, {0, 0, 0, 0}};
  bool understood = true;
  for (int option; (option = getopt_long(count, arguments, "", names, NULL)) != -1;) {
    if (option == 'p') port = atoi(optarg);
    else if (option == 'm') chunks = atol(optarg);
    else if (option == 'r') rate = atof(optarg);
    else if (option == 'b') chunk_bytes = atoi(optarg);
    else if (option == 'a') at_once = true;
    else understood = false;
  }
  if (!understood || port == 0 || chunks < 1 || rate <= 0 || chunk_bytes < 1 || chunk_bytes > 1000) {
    fputs("upstream --port N [--chunks M] [--rate CHUNKS_PER_SECOND] [--bytes CONTENT_PER_CHUNK] [--at-once]\n", stderr);
    return 2;
  }
  start();
  serve();
}
