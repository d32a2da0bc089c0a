"""A load driver that counts wrongly proves anything: wsload against servers whose every byte is known.

Run: python3 -m unittest discover -s Tests/Benchmarks -p '*_test.py'
"""
import json
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import load

WSLOAD = load.PROGRAMS / "wsload"
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
ANSWER = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
          + ACCEPT + b"\r\n\r\n")


def setUpModule():
    load.compile_programs()


def frame(payload, opcode=1, start=0x80):
    size = len(payload)
    if size < 126:
        return bytes([start | opcode, size]) + payload
    if size < 65536:
        return bytes([start | opcode, 126]) + struct.pack(">H", size) + payload
    return bytes([start | opcode, 127]) + struct.pack(">Q", size) + payload


def event(number, age=0.0, padding=0, count=1, seq=None, conversation="c"):
    sent = time.monotonic_ns() - int(age * 1e9)
    span = f'"count":{count},' if count > 1 else ""
    text = (f'{{"offset":{number},"conversation":"{conversation}","seq":{seq or number},{span}"type":"message.delta",'
            f'"text":"t={sent};{"x" * padding}"}}')
    return frame(text.encode())


def read_frame(client):
    """A client's frame: (opcode, unmasked payload)."""
    head = client.recv(2, socket.MSG_WAITALL)
    size = head[1] & 127
    if size == 126:
        size, = struct.unpack(">H", client.recv(2, socket.MSG_WAITALL))
    mask = client.recv(4, socket.MSG_WAITALL)
    body = client.recv(size, socket.MSG_WAITALL) if size else b""
    return head[0] & 15, bytes(byte ^ mask[index & 3] for index, byte in enumerate(body))


class WsloadTest(unittest.TestCase):
    def run_load(self, script, *arguments, clients=1, answer=ANSWER, window=0.6, warmup=0.0, visits=1, tls=None):
        """Runs wsload against `script`, which gets each connection in a thread after the handshake.

        `visits`: how often each client comes; `tls`: the context of a server that speaks it.
        """
        listener = socket.create_server(("127.0.0.1", 0))
        self.requests = []

        def serve(client):
            if tls:
                client = tls.wrap_socket(client, server_side=True)
            with client:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    request += client.recv(4096)
                self.requests.append(request)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client.sendall(answer)
                try:
                    script(client)
                except OSError:
                    pass  # wsload hung up
                time.sleep(window + warmup + 1)

        def accept():
            for _ in range(clients * visits):
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        command = [WSLOAD, "--port", listener.getsockname()[1], "--clients", clients, "--window", window]
        command += ["--warmup", warmup, "--patience", 2, *load.MARKERS, *arguments]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=20)
        listener.close()
        self.status = done.returncode
        return json.loads(done.stdout)

    def after_start(self, *data, pause=0.15):
        """A script that opens the window with event 1, once all are connected, and then sends the rest."""
        def script(client):
            time.sleep(0.1)
            client.sendall(event(1))
            time.sleep(pause)
            for piece in data:
                client.sendall(piece)
        return script

    def test_every_frame_is_counted_however_the_bytes_are_cut(self):
        sizes = [0, 1, 20, 40, 60, 61, 62, 63, 64, 65, 200, 65400, 65535, 70000]
        stream = b"".join(event(number + 2, padding=size) for number, size in enumerate(sizes))
        for cut in (1371, 4096, 65536, len(stream)):
            pieces = [stream[at:at + cut] for at in range(0, len(stream), cut)]
            result = self.run_load(self.after_start(*pieces))
            self.assertEqual((result["frames"], result["gaps"], result["errors"]), (len(sizes), 0, 0), cut)
            self.assertGreater(result["bytes"], sum(sizes))

    def test_a_stream_of_single_bytes_is_understood(self):
        stream = event(2, padding=200) + frame(b'{"reply":1}') + event(3)
        result = self.run_load(self.after_start(*(stream[at:at + 1] for at in range(len(stream)))))
        self.assertEqual((result["frames"], result["uncounted"], result["gaps"]), (2, 1, 0))

    def test_frames_in_the_packet_of_the_handshake_are_not_lost(self):
        result = self.run_load(self.after_start(event(3)), answer=ANSWER + event(1) + event(2))
        self.assertEqual(result["disorder"], 1)  # 1 2 1 3: the script's own event 1 comes late
        self.assertEqual(result["gaps"], 0)

    def test_gaps_and_disorder_are_told_apart(self):
        result = self.run_load(self.after_start(*map(event, (2, 3, 7, 7, 5, 8))))
        self.assertEqual((result["frames"], result["gaps"], result["disorder"]), (6, 1, 2))

    def test_a_merged_frame_that_covers_the_jump_is_no_gap(self):
        result = self.run_load(self.after_start(event(6, count=5), event(9, count=2)))
        self.assertEqual((result["merged"], result["gaps"], result["events"]), (1, 1, 7))

    def test_frames_of_other_types_keep_the_order_but_are_not_counted(self):
        result = self.run_load(self.after_start(frame(b'{"offset":2,"conversation":"c","seq":2,"type":"run.started"}'), event(3)))
        self.assertEqual((result["frames"], result["gaps"], result["uncounted"]), (1, 0, 1))

    def test_a_heartbeat_that_speaks_of_offsets_is_no_event(self):
        result = self.run_load(self.after_start(event(2), frame(b'{"ping":{"offset":2}}'), event(3)))
        self.assertEqual((result["frames"], result["disorder"], result["gaps"]), (2, 0, 0))

    def test_latency_is_the_age_of_the_stamp(self):
        def script(client):
            time.sleep(0.1)
            client.sendall(event(1))
            time.sleep(0.1)
            client.sendall(b"".join(event(number + 2, age=0.5 if number < 90 else 2.0) for number in range(100)))
        result = self.run_load(script)
        self.assertEqual(result["stamped"], 100)
        self.assertAlmostEqual(result["p50_us"] / 1e6, 0.5, delta=0.05)
        self.assertAlmostEqual(result["p99_us"] / 1e6, 2.0, delta=0.1)

    def test_a_growing_lag_shows_in_the_quarters_of_the_window(self):
        def script(client):
            for number in range(1, 101):
                client.sendall(event(number, age=number / 100))
                time.sleep(0.01)
        lag = self.run_load(script, window=0.9)["lag_us"]
        self.assertEqual(lag, sorted(lag))
        self.assertGreater(lag[3], lag[0] + 300_000)

    def test_the_warm_up_is_not_counted(self):
        result = self.run_load(self.after_start(event(2), event(3), pause=0), warmup=0.4)
        self.assertEqual(result["frames"], 0)

    def test_every_client_counts(self):
        result = self.run_load(self.after_start(event(2), event(3), pause=0.4), clients=20, warmup=0.2)
        self.assertEqual((result["connected"], result["frames"]), (20, 40))

    def test_stalled_clients_do_not_read(self):
        result = self.run_load(self.after_start(event(2), pause=0.4), "--stalled", 3, clients=5, warmup=0.2)
        self.assertEqual((result["connected"], result["frames"]), (5, 2))

    def test_pings_are_answered_and_the_first_text_is_sent(self):
        heard = []

        def script(client):
            client.sendall(frame(b"alive?", opcode=9) + event(1))
            heard.extend([read_frame(client), read_frame(client)])
        text = '{"id":1,"command":"hello"}' + " " * 120
        self.run_load(script, "--first", text, "--path", "/ws", "--protocol", "agenthub.v1")
        self.assertEqual(sorted(heard), [(1, text.encode()), (10, b"alive?")])
        self.assertTrue(self.requests[0].startswith(b"GET /ws HTTP/1.1\r\n"))
        self.assertIn(b"\r\nSec-WebSocket-Protocol: agenthub.v1\r\n", self.requests[0])

    def test_what_is_not_websocket_is_an_error(self):
        bad = {
            "reserved bit": frame(b"x", start=0xC0), "masked": b"\x81\x81aaaab", "opcode 3": frame(b"", opcode=3),
            "long ping": frame(b"x" * 126, opcode=9), "endless": b"\x82\x7f\x7f" + b"\xff" * 7,
        }
        for name, data in bad.items():
            result = self.run_load(self.after_start(data), window=0.4)
            self.assertEqual((result["errors"], result["closed"], self.status), (1, 1, 3), name)

    def test_a_wrong_handshake_is_refused(self):
        for answer in (ANSWER.replace(b"s3p", b"s3q"), b"HTTP/1.1 403 Forbidden\r\n\r\n"):
            result = self.run_load(lambda client: None, answer=answer, window=0.1)
            self.assertEqual((result["connected"], result["refused"], self.status), (0, 1, 3))

    def test_two_conversations_are_merged_side_by_side(self):
        # Offsets 2 to 7 are b1 c2 b2 c3 c4 b3: each conversation's deltas come as one, under the offset of the last.
        merged = [event(6, seq=4, count=3), event(7, seq=3, count=3, conversation="b")]
        result = self.run_load(self.after_start(*merged))
        self.assertEqual((result["frames"], result["merged"], result["events"]), (2, 2, 6))
        self.assertEqual((result["gaps"], result["disorder"]), (0, 0))

    def test_a_merged_frame_that_tells_again_is_disorder(self):
        result = self.run_load(self.after_start(event(6, count=5), event(8, count=3)))
        self.assertEqual((result["merged"], result["gaps"], result["disorder"]), (1, 0, 1))

    def test_tls_carries_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-subj", "/CN=localhost", "-keyout", f"{folder}/key", "-out", f"{folder}/certificate"],
                check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{folder}/certificate", f"{folder}/key")
        sizes = [0, 20, 200, 16400, 70000]
        stream = b"".join(event(number + 2, padding=size) for number, size in enumerate(sizes))
        result = self.run_load(self.after_start(stream), "--tls", tls=context)
        self.assertEqual((result["frames"], result["gaps"], result["errors"]), (len(sizes), 0, 0))

    def storm(self, reply, *missed, clients=3):
        """Clients that saw event 5 come back; each gets the reply, then what it missed."""
        asked = []

        def script(client):
            with lock:
                asked.append(client)
                is_back = len(asked) > clients
            if not is_back:
                time.sleep(0.2)
                client.sendall(event(5))
                return
            # What the hub tells all before it has heard `hello` comes again behind the reply.
            client.sendall(event(9))
            hello = json.loads(read_frame(client)[1])
            self.assertEqual(hello["resume"], {"epoch": "e1", "offset": 5})
            client.sendall(frame(reply) + b"".join(missed) + frame(b'{"live":{"offset":9}}'))
        lock = threading.Lock()
        return self.run_load(script, "--storm", "e1", clients=clients, visits=2, warmup=0.1)

    def test_a_storm_ends_when_all_have_what_they_missed(self):
        missed = [event(6), event(9, count=3)]
        result = self.storm(b'{"reply":1,"ok":{"recovered":true}}', *missed)
        self.assertEqual((result["live"], result["unrecovered"], result["closed"]), (3, 0, 0))
        self.assertEqual((result["frames"], result["events"], result["gaps"], result["disorder"]), (6, 12, 0, 0))
        self.assertLess(result["seconds"], 1)

    def test_a_storm_that_loses_something_shows_it(self):
        result = self.storm(b'{"reply":1,"ok":{"recovered":false}}', event(8))
        self.assertEqual((result["live"], result["unrecovered"], result["gaps"]), (3, 3, 3))

    def test_the_server_is_measured_by_its_process(self):
        burner = subprocess.Popen(["sh", "-c", "while :; do :; done"])
        try:
            result = self.run_load(self.after_start(event(2)), "--server", burner.pid, window=1)
        finally:
            burner.kill()
            burner.wait()
        used = result["server_cpu_percent"] + result["server_wait_percent"]
        self.assertAlmostEqual(used, 100, delta=10)
        self.assertGreater(result["rss_end"], 100_000)


if __name__ == "__main__":
    unittest.main()
