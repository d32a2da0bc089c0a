"""A client of `agenthub.v1` that speaks, reads as slowly as it likes, and keeps account of what it was told."""
import base64
import json
import os
import select
import socket
import struct
import time

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Session:
    """One connection to a hub. A context manager."""

    def __init__(self, port, narrow=False, patience=20):
        self.socket, self.patience = socket.socket(), patience
        if narrow:
            # As wsload's stalled clients: a window of one small segment, so that the hub's side feels it at once.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        self.socket.settimeout(patience)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.close_code, self.received = b"", None, 0
        self._upgrade(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _upgrade(self, port):
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
             "Sec-WebSocket-Protocol: agenthub.v1\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(f"no WebSocket: {head[:200]!r}")

    def _fill(self, limit=1 << 18):
        piece = self.socket.recv(limit)
        if not piece:
            raise ConnectionError("the hub hung up")
        self.received += len(piece)
        self.buffer += piece

    def say(self, message):
        self._send(TEXT, json.dumps(message).encode())

    def _send(self, opcode, payload):
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
        # A mask of zeros is a mask.
        self.socket.sendall(bytes([0x80 | opcode]) + length + bytes(4) + payload)

    def buffered_messages(self):
        """The messages that are here, with the hub's pings answered on the way."""
        while self.close_code is None and (frame := self._take_frame()):
            opcode, payload = frame
            if opcode == PING:
                self._send(PONG, payload)
            elif opcode == CLOSE:
                self.close_code = int.from_bytes(payload[:2], "big")
            elif opcode == TEXT:
                message = json.loads(payload)
                if "ping" in message:
                    self.say({"pong": {}})
                else:
                    yield message

    def _take_frame(self):
        if len(self.buffer) < 2:
            return None
        size, start = self.buffer[1] & 127, 2
        if size > 125:
            start += 2 if size == 126 else 8
            if len(self.buffer) < start:
                return None
            size = int.from_bytes(self.buffer[2:start], "big")
        if len(self.buffer) < start + size:
            return None
        frame = self.buffer[0] & 15, self.buffer[start:start + size]
        self.buffer = self.buffer[start + size:]
        return frame

    def messages(self):
        """All messages until the hub closes; fails after `patience` without one."""
        while True:
            yield from self.buffered_messages()
            if self.close_code is not None:
                return
            self._fill()

    def read_slowly(self, bytes_per_second, seconds):
        """Yields what comes to a reader that takes so little."""
        bite, ends = max(1, bytes_per_second // 4), time.monotonic() + seconds
        while self.close_code is None and (left := ends - time.monotonic()) > 0:
            time.sleep(min(0.25, left))
            if select.select([self.socket], [], [], 0)[0]:
                self._fill(bite)
            yield from self.buffered_messages()

    def hello(self, resume=None):
        """Says hello; returns the reply. What came before it comes again behind it."""
        self.say({"id": 1, "command": "hello", **({"resume": resume} if resume else {})})
        for message in self.messages():
            if message.get("reply") == 1:
                if "ok" not in message:
                    raise RuntimeError(f"hello was refused: {message}")
                return message["ok"]
        raise ConnectionError(f"closed with {self.close_code} before the reply")


class Ledger:
    """What one client was told, held against the numbering: offsets ascend, no seq is missing, texts are where they belong."""

    def __init__(self, offset):
        self.offset, self.frames, self.events, self.merged = offset, 0, 0, 0
        self.reached, self.texts, self.completed, self.faults = {}, {}, {}, []

    def take(self, event):
        if "offset" not in event or "type" not in event:
            return
        self.frames += 1
        count, seq, conversation = event.get("count", 1), event.get("seq", 0), event.get("conversation")
        self.events += count
        self.merged += count > 1
        if event["offset"] <= self.offset:
            self.faults.append(f"offset {event['offset']} behind {self.offset}")
        self.offset = event["offset"]
        if conversation and seq - count != self.reached.get(conversation, seq - count):
            self.faults.append(f"seq {seq} covers {count} behind {self.reached[conversation]}")
        self.reached[conversation] = seq
        if event["type"] == "message.delta":
            self._take_delta(event)
        elif event["type"] == "message.completed":
            self.completed[event["message"]] = event["text"]

    def _take_delta(self, event):
        # A client that came in the middle of a message knows nothing of its beginning.
        text = self.texts.setdefault(event["message"], "" if event["position"] == 0 else None)
        if text is None:
            return
        if event["position"] != len(text.encode("utf-16-le")) // 2:
            self.faults.append(f"position {event['position']}, but {len(text)} came before")
        self.texts[event["message"]] = text + event["text"]
