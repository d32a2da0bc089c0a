"""The server under test, started as a user would, on a database of its own."""
import http.client
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

import machine


class Hub:
    """One run of `agenthub serve`, pinned to the server's core. A context manager."""

    def __init__(self, binary, folder=None, tls=False, cores=machine.SERVER_CORE, launcher=(), **settings):
        """`launcher`: a program that runs the binary instead of us, such as valgrind."""
        self.command, self.port, self.tls, self.cores = [*launcher, binary, "serve"], machine.free_port(), tls, cores
        self.patience = 60 if launcher else 10
        self.owns_folder = folder is None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="hub-", dir=scratch_folder()))
        self.settings = {
            "HOST": "127.0.0.1", "PORT": self.port, "DATABASE": self.folder / "bench.db", "ROLLUP_MS": 0,
            # One core, one loop: more of them would only take turns.
            "LOOPS": 1, "RATE_LIMIT": "off", "LOG": "error", **(certificate() if tls else {}), **settings,
        }

    def __enter__(self):
        environment = {**os.environ, "OPENAI_API_KEY": "bench"}
        environment |= {f"AGENTHUB_{name}": str(value) for name, value in self.settings.items()}
        self.log = open(self.folder / "server.log", "ab")
        self.spawned_at = time.monotonic()
        self.process = machine.start(
            self.command, self.cores, env=environment, cwd=self.folder,
            stdout=self.log, stderr=subprocess.STDOUT)
        self.pid = self.process.pid
        try:
            self._wait_until_ready()
        except Exception as error:
            self.__exit__()
            raise RuntimeError(f"{error}\n{self.last_words}") from error
        return self

    def __exit__(self, *_):
        machine.stop(self.process)
        self.log.close()
        self.last_words = (self.folder / "server.log").read_text(errors="replace")[-2000:]
        if self.owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_until_ready(self):
        machine.wait_for_port(self.port, self.process, self.patience)
        deadline = time.monotonic() + self.patience
        while self.request("GET", "/ready", expect=None)[0] != 200:
            if time.monotonic() > deadline:
                raise RuntimeError(f"GET /ready does not answer 200 after {self.patience} s")
            time.sleep(0.0005)
        self.ready_seconds = time.monotonic() - self.spawned_at

    def request(self, method, path, body=None, expect=(200, 201, 202)):
        """(status, decoded JSON); raises on a status that is not expected."""
        connection = self._connection()
        try:
            connection.request(
                method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if expect and answer.status not in expect:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return answer.status, json.loads(text) if text else None

    def _connection(self):
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        trusting = ssl._create_unverified_context()  # the certificate is our own and names nobody
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=trusting)

    def create_agent(self, name, upstream_port):
        config = {"baseUrl": f"http://127.0.0.1:{upstream_port}/v1", "apiKey": "bench"}
        agent = {"name": name, "provider": "openai", "model": "bench", "config": config}
        return self.request("POST", "/api/agents", agent)[1]["id"]

    def invoke(self, agent, background=True):
        body = {"agentId": agent, "message": "go", "background": background}
        return self.request("POST", "/api/invoke", body)[1]


def certificate():
    """The settings of a self-signed certificate of the usual kind (P-256), made once."""
    file, key = (scratch_folder() / name for name in ("certificate.pem", "key.pem"))
    if not (file.exists() and key.exists()):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "3650", "-subj", "/CN=localhost", "-keyout", key, "-out", file],
            check=True, capture_output=True)
    return {"TLS_CERTIFICATE": file, "TLS_KEY": key}


def scratch_folder():
    """Where databases of the runs live: on the disk of the build, not in a memory file system."""
    scratch = Path(__file__).resolve().parents[2] / ".build" / "bench" / "runs"
    scratch.mkdir(parents=True, exist_ok=True)
    return scratch
