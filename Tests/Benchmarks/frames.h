// The part of RFC 6455 that a load driver and a naive broadcaster need.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Every client sends the key of the RFC's own example (section 1.3), so the answer is known beforehand and nobody
// here needs SHA-1. A real server computes it; the load driver compares.
#define HANDSHAKE_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define HANDSHAKE_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { OPCODE_CONTINUATION = 0, OPCODE_TEXT = 1, OPCODE_BINARY = 2, OPCODE_CLOSE = 8, OPCODE_PING = 9, OPCODE_PONG = 10 };

struct frame {
  uint8_t opcode;
  size_t header; // bytes before the payload
  uint64_t length;
};

/// What the first bytes of a server's frame say.
enum frame_start { FRAME_INCOMPLETE, FRAME_COMPLETE, FRAME_INVALID };

/// Decodes a server's frame header; a mask, a reserved bit or an oversized control frame is invalid (section 5.2, 5.5).
static inline enum frame_start frame_decode(const uint8_t *bytes, size_t count, struct frame *out) {
  if (count < 2) return FRAME_INCOMPLETE;
  out->opcode = bytes[0] & 15;
  if ((bytes[0] & 0x70) || (bytes[1] & 0x80)) return FRAME_INVALID;
  if (out->opcode > OPCODE_PONG || (out->opcode > OPCODE_BINARY && out->opcode < OPCODE_CLOSE)) return FRAME_INVALID;
  uint8_t length = bytes[1] & 127;
  if (out->opcode >= OPCODE_CLOSE && (length > 125 || !(bytes[0] & 0x80))) return FRAME_INVALID;
  size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (count < 2 + extra) return FRAME_INCOMPLETE;
  out->header = 2 + extra;
  out->length = extra ? 0 : length;
  for (size_t i = 0; i < extra; i++) out->length = out->length << 8 | bytes[2 + i];
  return FRAME_COMPLETE;
}

/// Writes the header of a final frame of at most 65,535 bytes and returns its size (2 or 4).
static inline size_t frame_header(uint8_t *out, uint8_t opcode, size_t length, bool masked) {
  out[0] = 0x80 | opcode;
  uint8_t mask = masked ? 0x80 : 0;
  if (length < 126) {
    out[1] = mask | (uint8_t)length;
    return 2;
  }
  out[1] = mask | 126;
  out[2] = (uint8_t)(length >> 8);
  out[3] = (uint8_t)length;
  return 4;
}

/// Writes a client's frame (masked, at most 65,535 bytes) and returns its size, at most `length` + 8.
static inline size_t frame_from_client(uint8_t *out, uint8_t opcode, const uint8_t *payload, size_t length) {
  static const uint8_t mask[4] = {0x5a, 0x17, 0xc3, 0x08};
  size_t header = frame_header(out, opcode, length, true);
  memcpy(out + header, mask, 4);
  for (size_t i = 0; i < length; i++) out[header + 4 + i] = payload[i] ^ mask[i & 3];
  return header + 4 + length;
}
