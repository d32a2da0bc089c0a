// wsfloor: the naive broadcaster in C that the hub is compared with. One epoll, each event encoded once, one send()
// for each client and event, or with --tick one send for each client and tick. Nothing is parsed, stored or checked.
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "frames.h"

enum { LOG_SIZE = 64 << 20, EVENTS = 256, MOST_FRAME = 65535 };

struct client {
  int fd;
  bool open;
  uint64_t cursor; // position in the log of what comes next for this client
};

static int port, frame_bytes = 150;
static double rate = 100, tick_ms;
static uint8_t *frame_log; // a ring, mapped twice in a row so that every stretch of it is contiguous
static uint64_t head;
static struct client clients[20000], *open_clients[20000];
static int open_count, epoll_fd, listener, timer;
static uint64_t sent_events, started_at;

static void check(bool fine, const char *what) {
  if (fine) return;
  fprintf(stderr, "wsfloor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void watch(int fd, void *what) {
  struct epoll_event want = {.events = EPOLLIN, .data.ptr = what};
  check(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &want) == 0, "epoll_ctl");
}

static void map_log(void) {
  int fd = memfd_create("frames", MFD_CLOEXEC);
  check(fd >= 0 && ftruncate(fd, LOG_SIZE) == 0, "memfd");
  frame_log = mmap(NULL, 2 * (size_t)LOG_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(frame_log != MAP_FAILED, "mmap");
  for (int half = 0; half < 2; half++) {
    void *at = frame_log + (size_t)half * LOG_SIZE;
    check(mmap(at, LOG_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == at, "mmap");
  }
  close(fd);
}

static void listen_on_port(void) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int yes = 1;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
  check(listen(listener, 4096) == 0, "listen");
}

// MARK: clients

static void forget(struct client *c) {
  close(c->fd);
  for (int i = 0; c->open && i < open_count; i++)
    if (open_clients[i] == c) open_clients[i] = open_clients[--open_count];
  c->open = false;
}

static void accept_all(void) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    clients[fd] = (struct client){.fd = fd};
    watch(fd, &clients[fd]);
  }
}

static void answer_handshake(struct client *c) {
  static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: " HANDSHAKE_ACCEPT "\r\n\r\n";
  if (send(c->fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) {
    forget(c);
    return;
  }
  c->open = true;
  c->cursor = head;
  open_clients[open_count++] = c;
}

/// Whatever a client says after its handshake is dropped.
static void read_client(struct client *c) {
  char buffer[4096];
  ssize_t count = recv(c->fd, buffer, sizeof buffer, 0);
  if (count == 0 || (count < 0 && errno != EAGAIN)) forget(c);
  else if (!c->open) answer_handshake(c);
}

// MARK: events

/// Appends one event in the shape of the hub's own frames; its stamp is the time it was due.
static void publish(uint64_t due) {
  static char text[MOST_FRAME + 1];
  int length = snprintf(
      text, sizeof text,
      "{\"offset\":%lu,\"conversation\":\"c\",\"seq\":%lu,\"type\":\"message.delta\",\"run\":\"r\",\"text\":\"t=%lu;",
      sent_events + 1, sent_events + 1, due);
  while (length < frame_bytes - 2) text[length++] = 'x';
  memcpy(text + length, "\"}", 2);
  length += 2;
  uint8_t *frame = frame_log + head % LOG_SIZE;
  size_t header = frame_header(frame, OPCODE_TEXT, (size_t)length, false);
  memcpy(frame + header, text, (size_t)length);
  head += header + (size_t)length;
}

/// One send of everything a client has not had. A client that is further behind than the log reaches is cut.
static void flush(struct client *c) {
  if (head - c->cursor > LOG_SIZE) {
    forget(c);
    return;
  }
  ssize_t count = send(c->fd, frame_log + c->cursor % LOG_SIZE, head - c->cursor, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count > 0) c->cursor += (uint64_t)count;
  else if (errno != EAGAIN) forget(c);
}

static void flush_all(void) {
  for (int i = open_count - 1; i >= 0; i--)
    if (open_clients[i]->cursor != head) flush(open_clients[i]);
}

static uint64_t due_time(uint64_t event) { return started_at + (uint64_t)((double)event * 1e9 / rate); }

/// Publishes what is due. Gives up after 50 ms, so that an overloaded broadcaster still accepts.
static void publish_due(uint64_t now) {
  for (uint64_t give_up = now + 50000000; now < give_up && due_time(sent_events) <= now; sent_events++) {
    publish(due_time(sent_events));
    if (tick_ms > 0) continue;
    flush_all();
    now = now_ns();
  }
  flush_all();
}

static struct timespec timespec_of(uint64_t ns) {
  return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
}

/// Wakes at the moment the next event is due or, with --tick, a tick from now.
static void set_timer(uint64_t now) {
  uint64_t at = tick_ms > 0 ? now + (uint64_t)(tick_ms * 1e6) : started_at ? due_time(sent_events) : now + 1000000;
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &(struct itimerspec){.it_value = timespec_of(at)}, NULL);
}

/// Events flow while anybody listens, and start anew for the next audience.
static void on_timer(void) {
  uint64_t expirations, now = now_ns();
  if (read(timer, &expirations, sizeof expirations) < 0) return;
  if (open_count == 0) {
    started_at = 0;
  } else if (started_at == 0) {
    started_at = now;
    sent_events = 0;
  }
  if (started_at) publish_due(now);
  set_timer(now);
}

static void serve(void) {
  struct epoll_event events[EVENTS];
  for (;;) {
    int ready = epoll_wait(epoll_fd, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr == &timer) on_timer();
      else if (events[i].data.ptr == &listener) accept_all();
      else read_client(events[i].data.ptr);
    }
  }
}

int main(int count, char **arguments) {
  static const struct option names[] = {
      {"port", 1, 0, 'p'}, {"rate", 1, 0, 'r'}, {"bytes", 1, 0, 'b'}, {"tick", 1, 0, 't'}, {0, 0, 0, 0}};
  bool understood = true;
  for (int option; (option = getopt_long(count, arguments, "", names, NULL)) != -1;) {
    if (option == 'p') port = atoi(optarg);
    else if (option == 'r') rate = atof(optarg);
    else if (option == 'b') frame_bytes = atoi(optarg);
    else if (option == 't') tick_ms = atof(optarg);
    else understood = false;
  }
  if (!understood || port == 0 || rate <= 0 || frame_bytes < 1 || frame_bytes > MOST_FRAME) {
    fputs("wsfloor --port N [--rate EVENTS_PER_SECOND] [--bytes PAYLOAD] [--tick MILLISECONDS]\n", stderr);
    return 2;
  }
  struct rlimit files = {.rlim_cur = 20000, .rlim_max = 20000};
  setrlimit(RLIMIT_NOFILE, &files);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  map_log();
  listen_on_port();
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  set_timer(now_ns());
  watch(timer, &timer);
  watch(listener, &listener);
  serve();
}
