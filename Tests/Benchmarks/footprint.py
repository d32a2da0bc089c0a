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
    yield from idle_sockets(bench, IDLE_SOCKETS, 1000)


def measure_idle_tls(bench):
    """The same over TLS."""
    yield from idle_sockets(bench, bench.choose(IDLE_SOCKETS, 2000), 20_000, tls=True)


def idle_sockets(bench, wanted, goal, tls=False):
    if not bench.binary:
        return
    values, faults, clients = [], [], min(wanted, machine.use_all_files() - 500)
    for _ in range(bench.choose(3, 1)):
        with Hub(bench.binary, tls=tls) as hub:
            run = load.watch(hub.port, hub.pid, clients, 1, [*load.hub_socket(hub), "--idle", "--patience", 90])
        bench.keep("hub idle", run)
        values.append((run["rss_end"] - run["rss_before"]) / max(1, run["connected"]))
        if run["connected"] != clients or run["closed"]:
            faults.append(f"{run['connected']} of {clients} connected, {run['closed']} closed")
    name = "idle TLS socket" if tls else "idle socket"
    note = f"{run['handshake_cpu_us']:.0f} µs CPU a handshake; kernel memory not counted"
    yield Figure(name, f"{clients:,} {name}s: server RSS a socket", values, "B", goal, note=note, faults=faults)


def measure_handshake(bench):
    """What it takes to accept a connection, shake hands and begin a session, 100 at a time."""
    if not bench.binary:
        return
    values, faults, discarded, clients = [], [], 0, bench.choose(5000, 2000)
    for _ in range(2 * bench.choose(5, 2)):
        with Hub(bench.binary) as hub:
            run = load.watch(hub.port, hub.pid, clients, 0.2, [*load.hub_socket(hub), "--idle", "--warmup", 0])
        bench.keep("hub handshake", {**run, "us": run["handshake_cpu_us"]})
        if run["connect_wait_percent"] > machine.STARVED_PERCENT:
            discarded += 1
            continue
        values.append(run["handshake_cpu_us"])
        if run["connected"] != clients:
            faults.append(f"{run['connected']} of {clients} connected")
        if len(values) == bench.choose(5, 2):
            break
    note = f"{clients / run['connect_seconds']:,.0f} handshakes/s"
    yield Figure("handshake", "WebSocket handshake: server CPU", values, "µs", 30, discarded, note, faults)


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
