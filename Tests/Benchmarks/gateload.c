// gateload: HTTP clients that ask for streamed answers, one request after the other on each connection, and take the
// age of every stamp in them. The request is sent as it stands in --request; an answer is over when its last chunk
// (`0\r\n\r\n`) or its Content-Length has come. Only lines that contain --only are looked at. One epoll thread.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "histogram.h"
#include "process.h"
#include "transport.h"

enum { EVENTS = 256, BUFFER = 64 << 10, REQUEST = 16 << 10 };

struct client {
  struct transport wire;
  bool connected, answered, first_seen, in_body, failed;
  uint64_t sent_at;
  long body_left; // -1 when the body is chunked
  size_t held;
  char *buffer;
};

struct moment {
  uint64_t at, server_cpu, server_wait, core_idle, own_wait, rss;
};

static int port, count = 1, server, core, epoll_fd;
static double window = 5, warmup = 1, spread;
static long most_requests;
static const char *only = "", *stamp = "t=";
static char request[REQUEST];
static size_t request_size;
static struct client *clients;
static bool counting, asking = true;
static unsigned long asked, answers, refused, errors, stamps;
static struct histogram first, later, whole;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct moment look(void) {
  return (struct moment){
      .at = now_ns(), .server_cpu = server ? process_cpu_ns(server) : 0,
      .server_wait = server ? process_wait_ns(server) : 0, .core_idle = core_idle_ns(core),
      .own_wait = process_wait_ns(getpid()), .rss = server ? process_rss(server) : 0};
}

// MARK: asking

static void ask(struct client *c) {
  if (!asking || (most_requests && (long)asked >= most_requests)) return;
  c->answered = c->first_seen = c->in_body = false;
  c->held = 0;
  c->sent_at = now_ns();
  asked++;
  if (!transport_send(&c->wire, request, request_size)) errors++;
}

static void open_client(struct client *c) {
  char *buffer = c->buffer;
  *c = (struct client){.buffer = buffer ? buffer : malloc(BUFFER + 1)};
  if (!c->buffer || !transport_open(&c->wire, port, NULL, false)) fail("connect");
  int yes = 1;
  setsockopt(c->wire.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  struct epoll_event want = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->wire.fd, &want) != 0) fail("epoll_ctl");
}

static void connected(struct client *c) {
  struct epoll_event want = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->wire.fd, &want);
  c->connected = true;
  ask(c);
}

static void lose(struct client *c) {
  transport_close(&c->wire);
  if (!asking) return;
  errors++;
  open_client(c);
}

// MARK: answers

static void look_at(struct client *c, const char *line, size_t size, uint64_t now) {
  if (*only && !memmem(line, size, only, strlen(only))) return;
  for (const char *end = line + size, *at = line; (at = memmem(at, (size_t)(end - at), stamp, strlen(stamp)));) {
    at += strlen(stamp);
    uint64_t sent = strtoull(at, NULL, 10);
    if (sent == 0 || sent > now) continue;
    if (counting) {
      stamps++;
      if (c->first_seen) histogram_add(&later, now - sent);
      else histogram_add(&first, now - c->sent_at);
    }
    c->first_seen = true;
  }
}

static void complete(struct client *c, uint64_t now) {
  c->answered = true;
  if (counting) {
    answers++;
    histogram_add(&whole, now - c->sent_at);
  }
  ask(c);
}

static bool take_head(struct client *c) {
  char *end = memmem(c->buffer, c->held, "\r\n\r\n", 4);
  if (!end) return false;
  *end = 0;
  if (strncmp(c->buffer, "HTTP/1.1 2", 10) != 0) {
    if (refused++ == 0) fprintf(stderr, "refused: %s\n%.300s\n", c->buffer, end + 4);
  }
  const char *length = strcasestr(c->buffer, "\ncontent-length:");
  c->body_left = length ? atol(length + 16) : -1;
  size_t head = (size_t)(end - c->buffer) + 4;
  c->held -= head;
  memmove(c->buffer, c->buffer + head, c->held);
  return c->in_body = true;
}

/// Looks at whole lines; what is left is the beginning of one. The end of a chunked body is a line of its own.
static void take_lines(struct client *c, uint64_t now) {
  size_t begin = 0;
  bool over = false;
  for (char *end; (end = memchr(c->buffer + begin, '\n', c->held - begin));) {
    size_t next = (size_t)(end - c->buffer) + 1;
    over = over || (next - begin == 3 && memcmp(c->buffer + begin, "0\r\n", 3) == 0);
    look_at(c, c->buffer + begin, next - begin, now);
    begin = next;
  }
  if (begin == 0 && c->held == BUFFER) begin = c->held; // a line longer than anything that is looked at
  if (c->body_left > 0) c->body_left -= (long)begin;
  c->held -= begin;
  memmove(c->buffer, c->buffer + begin, c->held);
  if (over || (c->body_left >= 0 && (long)c->held >= c->body_left)) complete(c, now);
}

static void receive(struct client *c) {
  int size = transport_receive(&c->wire, c->buffer + c->held, BUFFER - c->held);
  if (size == TRANSPORT_AGAIN) return;
  if (size <= 0) {
    lose(c);
    return;
  }
  uint64_t now = now_ns();
  c->held += (size_t)size;
  c->buffer[c->held] = 0;
  if (c->answered) return;
  if (c->in_body || take_head(c)) take_lines(c, now);
}

// MARK: the run

static void serve(uint64_t until) {
  struct epoll_event events[EVENTS];
  for (uint64_t now; (now = now_ns()) < until;) {
    int wait = (int)((until - now) / 1000000u) + 1;
    int ready = epoll_wait(epoll_fd, events, EVENTS, wait);
    for (int i = 0; i < ready; i++) {
      struct client *c = events[i].data.ptr;
      if (!c->connected && events[i].events & EPOLLOUT) connected(c);
      else if (events[i].events & (EPOLLERR | EPOLLHUP) && !(events[i].events & EPOLLIN)) lose(c);
      else receive(c);
    }
    if (most_requests && (long)(answers) >= most_requests) return;
  }
}

static double microseconds(const struct histogram *h, double percent) {
  return (double)histogram_percentile(h, percent) / 1e3;
}

static void report(const struct moment *before, const struct moment *begin, const struct moment *end) {
  uint64_t elapsed = end->at - begin->at, cpu = end->server_cpu - begin->server_cpu;
  uint64_t idle = end->core_idle - begin->core_idle, wait = end->server_wait - begin->server_wait;
  // Threads of one process on one core also wait for each other; what others took of the core is the upper bound.
  uint64_t foreign = elapsed > cpu + idle ? elapsed - cpu - idle : 0;
  double waited = 100.0 * (double)(wait < foreign ? wait : foreign) / (double)elapsed;
  printf("{\"seconds\":%.3f,\"answers\":%lu,\"stamps\":%lu,\"refused\":%lu,\"errors\":%lu,", (double)elapsed / 1e9,
         answers, stamps, refused, errors);
  printf("\"first_p50_us\":%.1f,\"first_p99_us\":%.1f,\"later_p50_us\":%.1f,\"later_p99_us\":%.1f,"
         "\"whole_p50_us\":%.1f,\"whole_p99_us\":%.1f,",
         microseconds(&first, 50), microseconds(&first, 99), microseconds(&later, 50), microseconds(&later, 99),
         microseconds(&whole, 50), microseconds(&whole, 99));
  printf("\"server_cpu_s\":%.6f,\"server_cpu_percent\":%.1f,\"server_wait_percent\":%.1f,\"own_wait_percent\":%.1f,",
         (double)cpu / 1e9, 100.0 * (double)cpu / (double)elapsed, waited,
         100.0 * (double)(end->own_wait - begin->own_wait) / (double)elapsed);
  printf("\"rss_before\":%lu,\"rss_begin\":%lu,\"rss_end\":%lu}\n", before->rss, begin->rss, end->rss);
}

static void read_request(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) fail(path);
  request_size = fread(request, 1, sizeof request, file);
  fclose(file);
}

static const struct option names[] = {
    {"port", 1, 0, 'p'},   {"clients", 1, 0, 'c'}, {"request", 1, 0, 'r'}, {"only", 1, 0, 'o'}, {"stamp", 1, 0, 't'},
    {"window", 1, 0, 'd'}, {"warmup", 1, 0, 'w'},  {"server", 1, 0, 'S'},  {"core", 1, 0, 'C'}, {"answers", 1, 0, 'n'},
    {"spread", 1, 0, 's'}, {0, 0, 0, 0}};

static bool take_option(int option) {
  switch (option) {
  case 'p': port = atoi(optarg); break;
  case 'c': count = atoi(optarg); break;
  case 'r': read_request(optarg); break;
  case 'o': only = optarg; break;
  case 't': stamp = optarg; break;
  case 'd': window = atof(optarg); break;
  case 'w': warmup = atof(optarg); break;
  case 's': spread = atof(optarg); break;
  case 'S': server = atoi(optarg); break;
  case 'C': core = atoi(optarg); break;
  case 'n': most_requests = atol(optarg); break;
  default: return false;
  }
  return true;
}

/// Connects the clients evenly over `--spread` seconds: five hundred streams that begin at once are another question.
static void connect_all(void) {
  uint64_t start = now_ns();
  for (int i = 0; i < count; i++) {
    open_client(&clients[i]);
    serve(start + (uint64_t)(spread * 1e9 * (i + 1) / count));
  }
}

int main(int arguments_count, char **arguments) {
  bool understood = true;
  for (int option; understood && (option = getopt_long(arguments_count, arguments, "", names, NULL)) != -1;)
    understood = take_option(option);
  if (!understood || port == 0 || count < 1 || request_size == 0) {
    fputs("gateload --port N --request FILE [--clients N] [--spread S] [--warmup S] [--window S] [--answers N]\n"
          "         [--only TEXT] [--stamp TEXT] [--server PID] [--core SERVER_CORE]\n", stderr);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  clients = calloc((size_t)count, sizeof *clients);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (!clients || epoll_fd < 0) fail("start");
  struct moment before = look();
  connect_all();
  serve(now_ns() + (uint64_t)(warmup * 1e9));
  struct moment begin = look();
  counting = true;
  serve(begin.at + (uint64_t)(window * 1e9));
  struct moment end = look();
  counting = asking = false;
  report(&before, &begin, &end);
  return errors == 0 && refused == 0 ? 0 : 3;
}
