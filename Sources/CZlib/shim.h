// zlib as a Swift module. Inline wrappers only for function-like macros.
#pragma once
#include <zlib.h>

static inline int czlib_deflate_init(z_stream *s, int level, int window_bits, int memory_level) {
  return deflateInit2(s, level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY);
}
static inline int czlib_inflate_init(z_stream *s, int window_bits) { return inflateInit2(s, window_bits); }
