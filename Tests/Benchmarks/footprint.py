"""What the hub costs when nobody talks: memory, start, size."""
import shutil
import subprocess
import tempfile
import time

import load
import machine
from figures import Figure
from hub import Hub, scratch_folder

IDLE_SOCKETS = 10_000


def measure_idle(bench):
    """10,000 sockets that say nothing; clients and server are two processes."""
    if not bench.binary:
        return
    values, clients = [], min(IDLE_SOCKETS, machine.use_all_files() - 500)
    for _ in range(bench.choose(3, 1)):
        with Hub(bench.binary) as hub:
            run = load.watch(hub.port, hub.pid, clients, 1, [*load.HUB_SOCKET, "--idle"])
        bench.keep("hub idle", run)
        values.append((run["rss_end"] - run["rss_before"]) / max(1, run["connected"]))
    faults = [f"{run['connected']} of {clients} connected"] if run["connected"] != clients or run["closed"] else []
    note = f"{run['handshake_cpu_us']:.0f} µs CPU a handshake; kernel memory not counted"
    yield Figure("idle socket", f"{clients:,} idle sockets: server RSS a socket", values, "B", 2000, note=note, faults=faults)


def measure_start(bench):
    """Start to ready on a database that exists, and the memory of a server that has nothing to do."""
    if not bench.binary:
        return
    folder = tempfile.mkdtemp(prefix="start-", dir=scratch_folder())
    ready, resident = [], []
    try:
        with Hub(bench.binary, folder) as hub:
            first = hub.ready_seconds
        for _ in range(bench.choose(11, 3)):
            with Hub(bench.binary, folder) as hub:
                time.sleep(0.5)
                ready.append(hub.ready_seconds * 1e3)
                resident.append(machine.resident_bytes(hub.pid) / 1e6)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    note = f"from fork to GET /ready = 200; with migration and seeds {first * 1e3:.0f} ms"
    yield Figure("start", "start to ready", ready, "ms", 100, note=note)
    yield Figure("idle server", "idle server: RSS", resident, "MB", 20)


def measure_size(bench):
    """The stripped binary with the Swift libraries inside."""
    if not bench.binary:
        return
    stripped = load.PROGRAMS / "agenthub.stripped"
    subprocess.run(["strip", "-o", stripped, bench.binary], check=True)
    yield Figure("binary", "stripped static binary", [stripped.stat().st_size / 1e6], "MB", 25)
