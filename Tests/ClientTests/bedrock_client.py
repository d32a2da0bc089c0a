"""A second opinion: AWS's own library, botocore, checks what the hub sends to Bedrock. Run by `Scripts/test --fakes`.

It recomputes the signature of every request as the hub's bytes came, holds the body against AWS's model of the API, and reads the frames
that the hub is given, so that neither side of the conversation is only our own reading of it.

Usage: bedrock_client.py PATH-OF-AGENTHUB
"""

import contextlib
import http.server
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
import zlib

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer
from botocore.validate import ParamValidator

DEADLINE = 15
KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "TOKEN/EXAMPLE+=="
REGION = "eu-central-1"
MODELS = [
    "amazon.nova-lite-v1:0",
    "plain",
    "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0",
    "odd name ~é/%3A",
]
service = botocore.session.get_session().get_service_model("bedrock-runtime")


def frame(event: str, payload: dict) -> bytes:
    """One message of the event stream, checked by AWS's own reader before it is sent."""
    fields = [(":event-type", event), (":content-type", "application/json"), (":message-type", "event")]
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\7" + struct.pack(">H", len(value)) + value.encode() for name, value in fields)
    body = json.dumps(payload).encode()
    start = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    message = start + struct.pack(">I", zlib.crc32(start)) + headers + body
    message += struct.pack(">I", zlib.crc32(message))
    buffer = EventStreamBuffer()
    buffer.add_data(message)
    assert [item.payload for item in buffer] == [body]
    return message


class Bedrock(http.server.BaseHTTPRequestHandler):
    """Answers ConverseStream with what it was asked, and keeps what was wrong with the question."""

    protocol_version = "HTTP/1.1"
    faults: list[str] = []
    signed = 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.check_signature(body)
        self.check_body(body)
        text = json.loads(body)["messages"][-1]["content"][0]["text"]
        events = [frame("messageStart", {"role": "assistant"})]
        events += [
            frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}}) for piece in ("You said: ", text)]
        events += [
            frame("contentBlockStop", {"contentBlockIndex": 0}),
            frame("messageStop", {"stopReason": "end_turn"}),
            frame("metadata", {"usage": {"inputTokens": 3, "outputTokens": 5, "totalTokens": 8}, "metrics": {"latencyMs": 1}}),
        ]
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            for piece in (event[:7], event[7:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def check_signature(self, body: bytes):
        names = re.search(r"SignedHeaders=([^,]+)", self.headers["authorization"])[1].split(";")
        request = AWSRequest(
            method="POST", url=f"http://{self.headers['host']}{self.path}", data=body,
            headers={name: self.headers[name] for name in names if name != "host"})
        request.context["timestamp"] = self.headers["x-amz-date"]
        signer = SigV4Auth(Credentials(KEY, SECRET, TOKEN), "bedrock", REGION)
        signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        if not {"host", "x-amz-date", "x-amz-security-token"} <= set(names):
            self.faults.append(f"{names} are not all that must be signed")
        if not self.headers["authorization"].endswith(f"Signature={signature}"):
            self.faults.append(f"the signature of {self.path} is wrong")
        type(self).signed += 1

    def check_body(self, body: bytes):
        model = urllib.parse.unquote(self.path.split("/")[2])
        if model not in MODELS:
            self.faults.append(f"nobody asked for {model}")
        shape = service.operation_model("ConverseStream").input_shape
        report = ParamValidator().validate({"modelId": model} | json.loads(body), shape)
        if report.has_errors():
            self.faults.append(report.generate_report())

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def hub(binary: str, environment: dict):
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [binary, "serve", "--port", "0", "--database", str(pathlib.Path(folder, "hub.db"))], stdout=subprocess.PIPE,
            env=os.environ | environment)
        try:
            line = process.stdout.readline()
            found = re.search(rb"http://[^\s,]+", line)
            assert found, f"the hub's first line has no URL: {line!r}"
            yield found[0].decode()
        finally:
            process.terminate()
            process.wait(DEADLINE)


def post(url: str, body: dict) -> dict:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        return json.load(answer)


def main(binary: str):
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bedrock)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    environment = {
        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN, "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"http://127.0.0.1:{upstream.server_port}"}
    config = {"systemPrompt": "Be brief.", "maxTokens": 9, "temperature": 1.5, "topP": 0.5, "stop": ["END"]}
    with hub(binary, environment) as url:
        for model in MODELS:
            agent = post(f"{url}/api/agents", {"name": "Nova", "provider": "aws", "model": model, "config": config})
            answer = post(f"{url}/api/invoke", {"agentId": agent["id"], "message": "Grüße 🦙"})
            assert answer["response"] == "You said: Grüße 🦙", answer
    assert Bedrock.signed == len(MODELS), Bedrock.signed
    assert not Bedrock.faults, "\n".join(Bedrock.faults)
    print(f"botocore agrees with {Bedrock.signed} signatures and bodies")


if __name__ == "__main__":
    main(sys.argv[1])
