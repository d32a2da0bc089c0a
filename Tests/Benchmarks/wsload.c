// wsload: a WebSocket load driver. Connects N clients to a server on 127.0.0.1, waits for the first payload to
// count, warms up, then counts for a window what arrives, in which order and how old, and what the server's process
// used meanwhile. Writes "connected N" to stderr when all clients are open and one JSON line to stdout at the end.
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "clock.h"
#include "frames.h"
#include "process.h"
#include "tally.h"

enum { ARENA = 1 << 20, READ_SIZE = 256 << 10, CONNECTING_AT_ONCE = 100, EVENTS = 512 };
static const uint64_t second = 1000000000u;

struct options {
  int port, clients, stalled, core;
  const char *path, *protocol, *first_text;
  bool idle;
  double warmup, window, patience;
  pid_t server;
};

enum state { HANDSHAKE, OPEN, CLOSED };

struct client {
  int fd;
  enum state state;
  uint32_t held, capacity; // the start of a frame whose end has not arrived
  uint8_t *hold;
  uint64_t last_number;
};

/// What the machine said at one moment.
struct sample {
  uint64_t at, server_cpu, server_wait, own_cpu, own_wait, core_idle, rss;
};

enum phase { CONNECT, SILENCE, WARMUP, WINDOW, DONE };

static struct options options = {
    .clients = 1, .core = -1, .path = "/", .warmup = 1, .window = 5, .patience = 30};
static struct tally tally;
static struct client *clients;
static int epoll_fd, started, opened, refused, closed;
static uint64_t reads, errors;
static uint8_t arena[ARENA];
static enum phase phase = CONNECT;
static uint64_t phase_ends;
static struct sample before, connected, begin, end;

static void fail(const char *what) {
  fprintf(stderr, "wsload: %s: %s\n", what, strerror(errno));
  exit(1);
}

static struct sample take_sample(void) {
  return (struct sample){
      .at = now_ns(),
      .server_cpu = options.server ? process_cpu_ns(options.server) : 0,
      .server_wait = options.server ? process_wait_ns(options.server) : 0,
      .own_cpu = process_cpu_ns(getpid()),
      .own_wait = process_wait_ns(getpid()),
      .core_idle = options.core >= 0 ? core_idle_ns(options.core) : 0,
      .rss = options.server ? process_rss(options.server) : 0,
  };
}

// MARK: one client

static void client_close(struct client *c) {
  if (c->state == OPEN) closed++;
  else refused++;
  close(c->fd);
  free(c->hold);
  *c = (struct client){.fd = -1, .state = CLOSED};
}

/// A client that cannot be written to at once is beyond what this driver measures; it is closed and shows as such.
static void client_send(struct client *c, const void *bytes, size_t count) {
  if (send(c->fd, bytes, count, MSG_NOSIGNAL) != (ssize_t)count) client_close(c);
}

static void client_connect(struct client *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) fail("socket");
  bool stalls = c - clients < options.stalled;
  int small = 4096;
  if (stalls) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) {
    client_close(c);
    return;
  }
  struct epoll_event want = {.events = EPOLLOUT, .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &want);
}

static void client_request(struct client *c) {
  char request[1024];
  int length = snprintf(
      request, sizeof request,
      "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: " HANDSHAKE_KEY "\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
      options.path, options.port, options.protocol ? "Sec-WebSocket-Protocol: " : "",
      options.protocol ? options.protocol : "", options.protocol ? "\r\n" : "");
  struct epoll_event want = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &want);
  client_send(c, request, (size_t)length);
}

/// Takes the answer to the handshake; returns its size, 0 if it is not whole or was refused.
static size_t client_handshake(struct client *c, const uint8_t *bytes, size_t count) {
  const uint8_t *stop = memmem(bytes, count, "\r\n\r\n", 4);
  if (!stop) return 0;
  size_t size = (size_t)(stop - bytes) + 4;
  if (memcmp(bytes, "HTTP/1.1 101", 12) != 0 || !memmem(bytes, size, HANDSHAKE_ACCEPT, strlen(HANDSHAKE_ACCEPT))) {
    errors++;
    client_close(c);
    return 0;
  }
  c->state = OPEN;
  opened++;
  if (c - clients < options.stalled) epoll_ctl(epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
  if (options.first_text) {
    uint8_t frame[4096];
    size_t length = strlen(options.first_text);
    client_send(c, frame, frame_from_client(frame, OPCODE_TEXT, (const uint8_t *)options.first_text, length));
  }
  return size;
}

static void client_frame(struct client *c, const struct frame *frame, const uint8_t *payload, uint64_t now) {
  uint8_t reply[140];
  switch (frame->opcode) {
  case OPCODE_TEXT:
  case OPCODE_BINARY: tally_payload(&tally, &c->last_number, payload, frame->length, now); break;
  case OPCODE_PING: client_send(c, reply, frame_from_client(reply, OPCODE_PONG, payload, frame->length)); break;
  case OPCODE_CLOSE: client_close(c); break;
  default: break;
  }
}

/// Takes what has arrived; returns how many bytes were used up.
static size_t client_parse(struct client *c, const uint8_t *bytes, size_t count, uint64_t now) {
  size_t used = c->state == HANDSHAKE ? client_handshake(c, bytes, count) : 0;
  struct frame frame;
  while (c->state == OPEN) {
    enum frame_start start = frame_decode(bytes + used, count - used, &frame);
    if (start == FRAME_INVALID || (start == FRAME_COMPLETE && frame.length > ARENA - READ_SIZE - 16)) {
      errors++;
      client_close(c);
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

static void client_hold(struct client *c, const uint8_t *bytes, size_t count) {
  if (count > c->capacity) {
    c->hold = realloc(c->hold, count * 2);
    if (!c->hold) fail("realloc");
    c->capacity = (uint32_t)count * 2;
  }
  if (count) memcpy(c->hold, bytes, count);
  c->held = (uint32_t)count;
}

static void client_read(struct client *c) {
  if (c->held) memcpy(arena, c->hold, c->held);
  ssize_t count = recv(c->fd, arena + c->held, READ_SIZE, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    client_close(c);
    return;
  }
  reads += tally.open;
  size_t total = c->held + (size_t)count;
  size_t used = client_parse(c, arena, total, now_ns());
  if (c->state == CLOSED) return;
  if (total - used > ARENA - READ_SIZE) {
    errors++;
    client_close(c);
  } else {
    client_hold(c, arena + used, total - used);
  }
}

// MARK: the run

static void connect_more(void) {
  while (started < options.clients && started - opened - refused - closed < CONNECTING_AT_ONCE)
    client_connect(&clients[started++]);
}

static void enter(enum phase next, uint64_t now, double seconds) {
  phase = next;
  phase_ends = now + (uint64_t)(seconds * (double)second);
}

static void open_window(uint64_t now) {
  begin = take_sample();
  tally.opened_at = begin.at;
  tally.length_ns = (uint64_t)(options.window * (double)second);
  tally.open = true;
  enter(WINDOW, now, options.window);
}

static void all_connected(uint64_t now) {
  connected = take_sample();
  fprintf(stderr, "connected %d\n", opened);
  if (options.idle) enter(WARMUP, now, options.warmup);
  else enter(SILENCE, now, options.patience);
}

/// Moves on to the next phase when it is time.
static void advance(uint64_t now) {
  static uint64_t heard;
  bool late = now >= phase_ends;
  if (phase == CONNECT && (late || (started == options.clients && opened + refused >= options.clients))) {
    all_connected(now);
    heard = tally.heard;
  } else if (phase == SILENCE && (late || tally.heard > heard)) {
    enter(WARMUP, now, options.warmup);
  } else if (phase == WARMUP && late) {
    open_window(now);
  } else if (phase == WINDOW && late) {
    end = take_sample();
    tally.open = false;
    phase = DONE;
  }
}

static void run(void) {
  struct epoll_event events[EVENTS];
  before = take_sample();
  enter(CONNECT, now_ns(), options.patience);
  while (phase != DONE) {
    connect_more();
    uint64_t now = now_ns();
    uint64_t left_ms = phase_ends > now ? (phase_ends - now) / 1000000 + 1 : 0;
    int ready = epoll_wait(epoll_fd, events, EVENTS, left_ms < 100 ? (int)left_ms : 100);
    for (int i = 0; i < ready; i++) {
      struct client *c = events[i].data.ptr;
      if (c->state == CLOSED) continue;
      if (events[i].events & EPOLLOUT) client_request(c);
      else client_read(c);
    }
    advance(now_ns());
  }
}

// MARK: the result

/// What others took of the server's core while it was waiting, as percent of the window. A server of several threads
/// on one core also waits for itself; that is its own doing, so the core's foreign time is the upper bound.
static double server_wait_percent(uint64_t elapsed) {
  uint64_t wait = end.server_wait - begin.server_wait;
  uint64_t known = end.server_cpu - begin.server_cpu + end.core_idle - begin.core_idle;
  uint64_t foreign = elapsed > known ? elapsed - known : 0;
  if (options.core >= 0 && foreign < wait) wait = foreign;
  return 100.0 * (double)wait / (double)elapsed;
}

static void report_latency(void) {
  struct histogram all = {.total = 0};
  for (int i = 0; i < TALLY_PARTS; i++) histogram_merge(&all, &tally.age[i]);
  printf("\"stamped\":%lu,\"unstamped\":%lu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p100_us\":%.1f,", all.total,
         tally.unstamped, (double)histogram_percentile(&all, 50) / 1e3, (double)histogram_percentile(&all, 99) / 1e3,
         (double)histogram_percentile(&all, 100) / 1e3);
  printf("\"lag_us\":[");
  for (int i = 0; i < TALLY_PARTS; i++)
    printf("%s%.1f", i ? "," : "", (double)histogram_percentile(&tally.age[i], 50) / 1e3);
  printf("],");
}

static void report(void) {
  uint64_t elapsed = end.at - begin.at, cpu = end.server_cpu - begin.server_cpu;
  double frames = tally.frames ? (double)tally.frames : 1;
  printf("{\"clients\":%d,\"connected\":%d,\"refused\":%d,\"closed\":%d,\"stalled\":%d,\"errors\":%lu,",
         options.clients, opened, refused, closed, options.stalled, errors);
  printf("\"seconds\":%.3f,\"frames\":%lu,\"events\":%lu,\"bytes\":%lu,\"frame_bytes\":%.1f,\"frames_per_read\":%.2f,",
         (double)elapsed / 1e9, tally.frames, tally.events, tally.bytes, (double)tally.bytes / frames,
         reads ? (double)tally.frames / (double)reads : 0);
  printf("\"uncounted\":%lu,\"merged\":%lu,\"gaps\":%lu,\"disorder\":%lu,", tally.uncounted, tally.merged, tally.gaps,
         tally.disorder);
  report_latency();
  printf("\"server_cpu_s\":%.6f,\"server_cpu_us_per_frame\":%.4f,\"server_cpu_percent\":%.1f,", (double)cpu / 1e9,
         tally.frames ? (double)cpu / 1e3 / frames : 0, 100.0 * (double)cpu / (double)elapsed);
  printf("\"server_wait_percent\":%.1f,\"own_cpu_percent\":%.1f,\"own_wait_percent\":%.1f,",
         server_wait_percent(elapsed), 100.0 * (double)(end.own_cpu - begin.own_cpu) / (double)elapsed,
         100.0 * (double)(end.own_wait - begin.own_wait) / (double)elapsed);
  printf("\"handshake_cpu_us\":%.1f,\"rss_before\":%lu,\"rss_begin\":%lu,\"rss_end\":%lu}\n",
         (double)(connected.server_cpu - before.server_cpu) / 1e3 / (double)(opened ? opened : 1), before.rss,
         begin.rss, end.rss);
}

// MARK: options

static const char usage[] =
    "wsload --port N [--clients N] [--path /ws] [--protocol NAME] [--first TEXT] [--stalled K] [--idle]\n"
    "       [--warmup S] [--window S] [--patience S] [--server PID] [--core SERVER_CORE]\n"
    "       [--only TEXT] [--number START] [--span MARKER] [--stamp MARKER]\n";

static const struct option names[] = {
    {"port", 1, 0, 'p'},   {"clients", 1, 0, 'c'}, {"path", 1, 0, 'u'},     {"protocol", 1, 0, 'P'},
    {"first", 1, 0, 'f'},  {"stalled", 1, 0, 's'}, {"idle", 0, 0, 'i'},     {"warmup", 1, 0, 'w'},
    {"window", 1, 0, 'd'}, {"server", 1, 0, 'S'},  {"patience", 1, 0, 'b'}, {"core", 1, 0, 'C'},
    {"only", 1, 0, 'o'},   {"number", 1, 0, 'n'},  {"span", 1, 0, 'N'},     {"stamp", 1, 0, 't'},
    {0, 0, 0, 0},
};

static bool take_option(int option) {
  switch (option) {
  case 'p': options.port = atoi(optarg); break;
  case 'c': options.clients = atoi(optarg); break;
  case 'u': options.path = optarg; break;
  case 'P': options.protocol = optarg; break;
  case 'f': options.first_text = optarg; break;
  case 's': options.stalled = atoi(optarg); break;
  case 'i': options.idle = true; break;
  case 'w': options.warmup = atof(optarg); break;
  case 'd': options.window = atof(optarg); break;
  case 'b': options.patience = atof(optarg); break;
  case 'S': options.server = atoi(optarg); break;
  case 'C': options.core = atoi(optarg); break;
  case 'o': tally.only = marker_of(optarg); break;
  case 'n': tally.number = marker_of(optarg); break;
  case 'N': tally.span = marker_of(optarg); break;
  case 't': tally.stamp = marker_of(optarg); break;
  default: return false;
  }
  return true;
}

int main(int count, char **arguments) {
  bool understood = true;
  for (int option; understood && (option = getopt_long(count, arguments, "", names, NULL)) != -1;)
    understood = take_option(option);
  bool fits = !options.first_text || strlen(options.first_text) < 4000;
  if (!understood || optind < count || options.port == 0 || options.clients < 1 || options.window <= 0 || !fits) {
    fputs(usage, stderr);
    return 2;
  }
  clients = calloc((size_t)options.clients, sizeof *clients);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (!clients || epoll_fd < 0) fail("start");
  run();
  report();
  return opened == options.clients && errors == 0 ? 0 : 3;
}
