// relay: passes bytes between its clients and one server of this machine, and does nothing else: the least that
// anything in between can add to a call. One epoll thread, a connection to the server for each client.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64, MOST = 4096, BUFFER = 64 << 10 };

static int peers[MOST], epoll_fd;

static struct sockaddr_in address_of(int port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int fd) {
  int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  struct epoll_event want = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &want) != 0) fail("epoll_ctl");
}

static void pair_up(int client, int server_port) {
  struct sockaddr_in server = address_of(server_port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || fd >= MOST || client >= MOST || connect(fd, (struct sockaddr *)&server, sizeof server) != 0)
    fail("connect");
  peers[client] = fd;
  peers[fd] = client;
  watch(client);
  watch(fd);
}

/// Passes on what came; both ends are closed together.
static void pass(int fd) {
  static char buffer[BUFFER];
  int peer = peers[fd];
  if (peer < 0) return;
  ssize_t count = recv(fd, buffer, sizeof buffer, 0);
  if (count > 0 && send(peer, buffer, (size_t)count, MSG_NOSIGNAL) == count) return;
  peers[fd] = peers[peer] = -1;
  close(fd);
  close(peer);
}

int main(int count, char **arguments) {
  if (count != 3) {
    fputs("relay PORT SERVER_PORT\n", stderr);
    return 2;
  }
  struct sockaddr_in own = address_of(atoi(arguments[1]));
  int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  memset(peers, -1, sizeof peers);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0 || listen(listener, 1024) != 0) fail("listen");
  struct epoll_event want = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &want);
  for (;;) {
    int ready = epoll_wait(epoll_fd, events, EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.fd == listener) pair_up(accept4(listener, NULL, NULL, SOCK_CLOEXEC), atoi(arguments[2]));
      else pass(events[i].data.fd);
    }
  }
}
