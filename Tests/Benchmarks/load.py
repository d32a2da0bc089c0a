"""One measured run: a server on its core, the load driver on the other, one dictionary of what was seen."""
import json
import subprocess
from contextlib import contextmanager
from pathlib import Path

import machine
from hub import Hub

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE.parents[1] / ".build" / "bench"
NODE_WS = Path("/usr/share/nodejs/ws")

LIBRARIES = {
    "wsload": ["-lssl", "-lcrypto"], "gateload": ["-lssl", "-lcrypto"], "wsfloor": [], "upstream": [], "relay": []}

MARKERS = ["--only", '"type":"message.delta"', "--number", '{"offset":', "--conversation", '"conversation":"',
           "--seq", '"seq":', "--span", '"count":', "--stamp", "t="]
HUB_SOCKET = ["--path", "/ws", "--protocol", "agenthub.v1"]


def compile_programs():
    """Builds the load programs, which takes a second."""
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    flags = ["-O2", "-std=gnu17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"]
    for name, libraries in LIBRARIES.items():
        subprocess.run(["cc", *flags, "-o", PROGRAMS / name, HERE / f"{name}.c", *libraries], check=True)


def watch(port, pid, clients, window, arguments=(), when_connected=lambda: None, cores=machine.LOAD_CORE):
    """Runs wsload against a server; calls back when all clients are connected; returns its JSON."""
    command = [PROGRAMS / "wsload", "--port", port, "--clients", clients, "--window", window, "--server", pid]
    command += ["--core", machine.SERVER_CORE, *MARKERS, *arguments]
    driver = machine.start(command, cores, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if not driver.stderr.readline().startswith("connected"):
            raise RuntimeError("wsload failed before its clients were connected")
        when_connected()
        output, errors = driver.communicate(timeout=window + 120)
    finally:
        machine.stop(driver)
    if not output:
        raise RuntimeError(f"wsload said nothing: {errors}")
    return json.loads(output)


def is_clean(run):
    """A run in which neither side had to wait much for its core; a starved driver makes any server look cheap."""
    return max(run["server_wait_percent"], run.get("own_wait_percent", 0)) <= machine.STARVED_PERCENT


@contextmanager
def running(command, port, core=machine.SERVER_CORE):
    """A server process that listens on a port."""
    process = machine.start(command, core, stdout=subprocess.DEVNULL)
    try:
        machine.wait_for_port(port, process)
        yield process
    finally:
        machine.stop(process)


def upstream(port, rate, chunks=10_000_000, at_once=False):
    """A provider that answers everything with so many chunks, `rate` a second."""
    command = [PROGRAMS / "upstream", "--port", port, "--rate", rate, "--chunks", chunks]
    return running([*command, *(["--at-once"] if at_once else [])], port, machine.LOAD_CORE)


def relay(port, server_port):
    """A process that passes bytes on to a server and back, and does nothing else."""
    return running([PROGRAMS / "relay", port, server_port], port)


def floor_run(clients, rate, size, window, tick=0):
    """The naive C broadcaster."""
    port = machine.free_port()
    command = [PROGRAMS / "wsfloor", "--port", port, "--rate", rate, "--bytes", size, "--tick", tick]
    with running(command, port) as process:
        return watch(port, process.pid, clients, window)


def node_run(clients, rate, size, window):
    """node's `ws`."""
    port = machine.free_port()
    with running(["node", HERE / "node_ws_peer.js", port, rate, size], port) as process:
        return watch(port, process.pid, clients, window)


def hub_run(binary, clients, rate, window, runs=1, arguments=(), **how):
    """Agents stream from the scripted upstream, `rate` chunks a second each; every client watches everything.

    `how` goes to the hub: its settings, `tls`, or `cores`, which the driver then shares.
    """
    port = machine.free_port()
    with upstream(port, rate), Hub(binary, **how) as hub:
        # One agent for each run: a hub may let an agent answer one at a time.
        agents = [hub.create_agent(f"bench {number}", port) for number in range(runs)]
        invoke_all = lambda: [hub.invoke(agent) for agent in agents]
        return watch(hub.port, hub.pid, clients, window, [*hub_socket(hub), *arguments], invoke_all,
                     how.get("cores", machine.LOAD_CORE))


def hub_socket(hub):
    """How wsload reaches a hub."""
    return [*HUB_SOCKET, *(["--tls"] if hub.tls else [])]
