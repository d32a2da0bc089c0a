// OpenSSL as a Swift module. Inline wrappers only for function-like macros.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static inline long copenssl_set_mode(SSL_CTX *c, long m) { return SSL_CTX_set_mode(c, m); }
static inline int copenssl_set_min_proto(SSL_CTX *c, int v) { return SSL_CTX_set_min_proto_version(c, v); }
static inline void copenssl_bio_retry_read(BIO *b) { BIO_set_retry_read(b); }
static inline void copenssl_bio_clear_retry(BIO *b) { BIO_clear_retry_flags(b); }
static inline void copenssl_disable_session_cache(SSL_CTX *c) { SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF); }
static inline void copenssl_disable_renegotiation(SSL_CTX *c) { SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION); }
static inline void copenssl_set_max_proto(SSL *s, int v) { SSL_set_max_proto_version(s, v); }
static inline void copenssl_allow_old_proto(SSL *s) { SSL_set_min_proto_version(s, 0); SSL_set_security_level(s, 0); }
static inline void copenssl_free(void *p) { OPENSSL_free(p); }
