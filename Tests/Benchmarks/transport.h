// One client's byte stream: plain TCP, or TLS over it without looking at the certificate.
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct transport {
  int fd;
  SSL *tls; // NULL for plain TCP
};

/// What the TLS clients of a run share; NULL for plain TCP.
static inline SSL_CTX *transport_tls(bool wanted) {
  if (!wanted) return NULL;
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (!context) return NULL;
  // Without a buffer ahead every record would cost two reads, and a driver must be cheaper than its server.
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  return context;
}

/// A window of one small segment, as a phone on a bad line has. The segment size matters as much as the buffer: the
/// kernel lets a loopback sender of 64 KB segments queue megabytes before it says no.
static inline void transport_make_narrow(int fd) {
  int buffer = 4096, segment = 536;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
}

/// Starts to connect to a port of this machine; false when that is refused at once.
static inline bool transport_open(struct transport *t, int port, SSL_CTX *context, bool narrow) {
  *t = (struct transport){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (t->fd < 0) return false;
  if (narrow) transport_make_narrow(t->fd);
  if (context) {
    t->tls = SSL_new(context);
    if (!t->tls || SSL_set_fd(t->tls, t->fd) != 1) return false;
    SSL_set_connect_state(t->tls);
  }
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return connect(t->fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EINPROGRESS;
}

static inline void transport_close(struct transport *t) {
  if (t->tls) SSL_free(t->tls);
  if (t->fd >= 0) close(t->fd);
  *t = (struct transport){.fd = -1};
}

/// What became of a call that may have to wait.
enum { TRANSPORT_AGAIN = -1, TRANSPORT_FAILED = -2 };

static inline int transport_outcome(struct transport *t, int result) {
  int error = SSL_get_error(t->tls, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? TRANSPORT_AGAIN : TRANSPORT_FAILED;
}

/// Goes on with TLS's own handshake: 1 when it is done, or there is none.
static inline int transport_handshake(struct transport *t) {
  if (!t->tls) return 1;
  int result = SSL_do_handshake(t->tls);
  return result == 1 ? 1 : transport_outcome(t, result);
}

/// Sends all or fails: a client that cannot be written to at once is beyond what these drivers measure.
static inline bool transport_send(struct transport *t, const void *bytes, size_t count) {
  if (t->tls) return SSL_write(t->tls, bytes, (int)count) == (int)count;
  return send(t->fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count;
}

/// The bytes that came, 0 at the end of the stream, or TRANSPORT_AGAIN.
static inline int transport_receive(struct transport *t, void *bytes, size_t count) {
  if (t->tls) {
    int result = SSL_read(t->tls, bytes, (int)count);
    if (result > 0) return result;
    return transport_outcome(t, result) == TRANSPORT_AGAIN ? TRANSPORT_AGAIN : 0;
  }
  ssize_t result = recv(t->fd, bytes, count, 0);
  if (result < 0) return errno == EAGAIN ? TRANSPORT_AGAIN : 0;
  return (int)result;
}

/// Whether bytes came that the kernel does not know of any more, so that epoll would not tell.
static inline bool transport_has_more(const struct transport *t) { return t->tls && SSL_has_pending(t->tls); }
