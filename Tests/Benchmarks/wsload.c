// wsload: a WebSocket load driver. Connects N clients to a server on 127.0.0.1, waits for the first payload to
// count, warms up, then counts for a window what arrives, in which order and how old, and what the server's process
// used meanwhile. With --storm there is no window: after the warm-up all clients vanish at once and come back at once,
// each asking for what it missed, and the run ends when all have it. Writes "connected N" to stderr when all clients
// are open and one JSON line to stdout at the end.
#include <getopt.h>
#include <signal.h>

#include "client.h"
#include "process.h"

enum { CONNECTING_AT_ONCE = 100, EVENTS = 512 };
static const uint64_t second = 1000000000u;

struct options {
  int clients, stalled, core;
  bool idle, tls;
  double warmup, window, patience;
  pid_t server;
};

/// What the machine said at one moment.
struct sample {
  uint64_t at, server_cpu, server_wait, own_cpu, own_wait, core_idle, rss;
};

enum phase { CONNECT, SILENCE, WARMUP, WINDOW, STORM, DONE };

static struct options options = {.clients = 1, .core = -1, .warmup = 1, .window = 5, .patience = 30};
static struct client *clients;
static int started;
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

// MARK: the run

static void connect_more(void) {
  while (started < options.clients && started - counts.opened - counts.refused - counts.closed < CONNECTING_AT_ONCE) {
    clients[started].stalls = started < options.stalled;
    client_connect(&clients[started++]);
  }
}

static void enter(enum phase next, uint64_t now, double seconds) {
  phase = next;
  phase_ends = now + (uint64_t)(seconds * (double)second);
}

static void open_window(uint64_t now, enum phase next, double seconds) {
  if (options.server) process_reset_peak(options.server);
  begin = take_sample();
  tally.opened_at = begin.at;
  tally.length_ns = (uint64_t)(seconds * (double)second);
  tally.open = true;
  enter(next, now, seconds);
}

/// Everybody leaves at once, as behind a proxy that restarts, and everybody is back at once.
static void begin_storm(uint64_t now) {
  open_window(now, STORM, options.patience);
  for (int i = 0; i < options.clients; i++)
    if (clients[i].state != CLOSED) client_drop(&clients[i]);
  storm_at = now_ns();
  for (int i = 0; i < options.clients; i++) {
    clients[i].progress.returned = true;
    client_connect(&clients[i]);
  }
}

static void all_connected(uint64_t now) {
  connected = take_sample();
  fprintf(stderr, "connected %d\n", counts.opened);
  if (options.idle) enter(WARMUP, now, options.warmup);
  else enter(SILENCE, now, options.patience);
}

/// Moves on to the next phase when it is time.
static void advance(uint64_t now) {
  static uint64_t heard;
  bool late = now >= phase_ends;
  if (phase == CONNECT && (late || (started == options.clients && counts.opened + counts.refused >= options.clients))) {
    all_connected(now);
    heard = tally.heard;
  } else if (phase == SILENCE && (late || tally.heard > heard)) {
    enter(WARMUP, now, options.warmup);
  } else if (phase == WARMUP && late) {
    if (plan.epoch) begin_storm(now);
    else open_window(now, WINDOW, options.window);
  } else if ((phase == WINDOW && late)
             || (phase == STORM && (late || counts.live + counts.refused + counts.closed >= options.clients))) {
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
    int ready = epoll_wait(plan.epoll_fd, events, EVENTS, left_ms < 100 ? (int)left_ms : 100);
    for (int i = 0; i < ready; i++) {
      client_ready(events[i].data.ptr);
    }
    advance(now_ns());
  }
}

// MARK: the result

/// What others took of the server's core while it was waiting, as percent of the time between two samples. A server of several threads
/// on one core also waits for itself; that is its own doing, so the core's foreign time is the upper bound.
static double server_wait_percent(const struct sample *from, const struct sample *to) {
  uint64_t elapsed = to->at - from->at, wait = to->server_wait - from->server_wait;
  uint64_t known = to->server_cpu - from->server_cpu + to->core_idle - from->core_idle;
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

/// How the clients came, and came back.
static void report_connections(void) {
  printf("{\"clients\":%d,\"connected\":%d,\"refused\":%d,\"closed\":%d,\"stalled\":%d,\"errors\":%lu,",
         options.clients, counts.opened, counts.refused, counts.closed, options.stalled, counts.errors);
  double cpu_us = (double)(connected.server_cpu - before.server_cpu) / 1e3;
  printf("\"connect_seconds\":%.3f,\"connect_wait_percent\":%.1f,\"handshake_cpu_us\":%.1f,",
         (double)(connected.at - before.at) / 1e9, server_wait_percent(&before, &connected),
         cpu_us / (double)(counts.opened ? counts.opened : 1));
  if (!plan.epoch) return;
  printf("\"live\":%d,\"unrecovered\":%d,\"live_p50_ms\":%.1f,\"live_p99_ms\":%.1f,\"live_last_ms\":%.1f,",
         counts.live, counts.unrecovered, (double)histogram_percentile(&live_after, 50) / 1e6,
         (double)histogram_percentile(&live_after, 99) / 1e6, (double)histogram_percentile(&live_after, 100) / 1e6);
}

static void report(void) {
  uint64_t elapsed = end.at - begin.at, cpu = end.server_cpu - begin.server_cpu;
  double frames = tally.frames ? (double)tally.frames : 1;
  report_connections();
  printf("\"seconds\":%.3f,\"frames\":%lu,\"events\":%lu,\"bytes\":%lu,\"frame_bytes\":%.1f,\"frames_per_read\":%.2f,",
         (double)elapsed / 1e9, tally.frames, tally.events, tally.bytes, (double)tally.bytes / frames,
         counts.reads ? (double)tally.frames / (double)counts.reads : 0);
  printf("\"uncounted\":%lu,\"merged\":%lu,\"repeated\":%lu,\"gaps\":%lu,\"disorder\":%lu,", tally.uncounted,
         tally.merged, tally.repeated, tally.gaps, tally.disorder);
  report_latency();
  printf("\"server_cpu_s\":%.6f,\"server_cpu_us_per_frame\":%.4f,\"server_cpu_us_per_event\":%.4f,", (double)cpu / 1e9,
         tally.frames ? (double)cpu / 1e3 / frames : 0,
         tally.events ? (double)cpu / 1e3 / (double)tally.events : 0);
  printf("\"server_cpu_percent\":%.1f,\"server_wait_percent\":%.1f,\"own_cpu_percent\":%.1f,\"own_wait_percent\":%.1f,",
         100.0 * (double)cpu / (double)elapsed, server_wait_percent(&begin, &end),
         100.0 * (double)(end.own_cpu - begin.own_cpu) / (double)elapsed,
         100.0 * (double)(end.own_wait - begin.own_wait) / (double)elapsed);
  printf("\"rss_before\":%lu,\"rss_begin\":%lu,\"rss_end\":%lu,\"rss_peak\":%lu}\n", before.rss, begin.rss, end.rss,
         options.server ? process_peak_rss(options.server) : 0);
}

// MARK: options

static const char usage[] =
    "wsload --port N [--clients N] [--tls] [--path /ws] [--protocol NAME] [--first TEXT] [--stalled K] [--idle]\n"
    "       [--storm EPOCH] [--warmup S] [--window S] [--patience S] [--server PID] [--core SERVER_CORE]\n"
    "       [--only TEXT] [--number START] [--conversation MARKER] [--seq MARKER] [--span MARKER] [--stamp MARKER]\n";

static const struct option names[] = {
    {"port", 1, 0, 'p'},   {"clients", 1, 0, 'c'}, {"path", 1, 0, 'u'},     {"protocol", 1, 0, 'P'},
    {"first", 1, 0, 'f'},  {"stalled", 1, 0, 's'}, {"idle", 0, 0, 'i'},     {"warmup", 1, 0, 'w'},
    {"window", 1, 0, 'd'}, {"server", 1, 0, 'S'},  {"patience", 1, 0, 'b'}, {"core", 1, 0, 'C'},
    {"only", 1, 0, 'o'},   {"number", 1, 0, 'n'},  {"span", 1, 0, 'N'},     {"stamp", 1, 0, 't'},
    {"tls", 0, 0, 'T'},    {"storm", 1, 0, 'e'},   {"seq", 1, 0, 'q'},     {"conversation", 1, 0, 'v'},
    {0, 0, 0, 0},
};

static bool take_option(int option) {
  switch (option) {
  case 'p': plan.port = atoi(optarg); break;
  case 'c': options.clients = atoi(optarg); break;
  case 'u': plan.path = optarg; break;
  case 'P': plan.protocol = optarg; break;
  case 'f': plan.first_text = optarg; break;
  case 's': options.stalled = atoi(optarg); break;
  case 'i': options.idle = true; break;
  case 'T': options.tls = true; break;
  case 'e': plan.epoch = optarg; break;
  case 'w': options.warmup = atof(optarg); break;
  case 'd': options.window = atof(optarg); break;
  case 'b': options.patience = atof(optarg); break;
  case 'S': options.server = atoi(optarg); break;
  case 'C': options.core = atoi(optarg); break;
  case 'o': tally.only = marker_of(optarg); break;
  case 'n': tally.number = marker_of(optarg); break;
  case 'v': tally.conversation = marker_of(optarg); break;
  case 'q': tally.seq = marker_of(optarg); break;
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
  bool fits = !plan.first_text || strlen(plan.first_text) < 4000;
  if (!understood || optind < count || plan.port == 0 || options.clients < 1 || options.window <= 0 || !fits) {
    fputs(usage, stderr);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
  clients = calloc((size_t)options.clients, sizeof *clients);
  plan.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  plan.tls = transport_tls(options.tls);
  if (!clients || plan.epoll_fd < 0 || (options.tls && !plan.tls)) fail("start");
  run();
  report();
  return counts.opened == options.clients && counts.errors == 0 ? 0 : 3;
}
