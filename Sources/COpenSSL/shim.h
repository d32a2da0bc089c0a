// OpenSSL as a Swift module. Inline wrappers only for function-like macros.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static inline long copenssl_set_mode(SSL_CTX *c, long m) { return SSL_CTX_set_mode(c, m); }
static inline int copenssl_set_min_proto(SSL_CTX *c, int v) { return SSL_CTX_set_min_proto_version(c, v); }
static inline size_t copenssl_bio_pending(BIO *b) { return (size_t)BIO_ctrl_pending(b); }
