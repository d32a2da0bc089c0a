"""What the way through the hub costs a call: time to the first and to later chunks, CPU and memory of many streams, requests a second."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import load
import machine
from figures import Figure, ratios
from hub import Hub, scratch_folder

# What marks the lines of an answer that carry a piece of it: the hub's events, and the provider's own.
HUB_PIECE, DIRECT_PIECE = '"message.delta"', '"content":"t='


def ask(port, pid, path, body, only, clients=1, window=5.0, arguments=(), headers=()):
    """Runs gateload against a server; every client asks again as soon as it has its answer."""
    text = json.dumps(body)
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json",
             f"Content-Length: {len(text)}", *headers]
    with tempfile.NamedTemporaryFile("w", dir=scratch_folder()) as request:
        request.write("\r\n".join(lines) + "\r\n\r\n" + text)
        request.flush()
        command = [load.PROGRAMS / "gateload", "--port", port, "--request", request.name, "--clients", clients,
                   "--window", window, "--only", only, "--server", pid, "--core", machine.SERVER_CORE, *arguments]
        with machine.start(command, machine.LOAD_CORE, stdout=subprocess.PIPE, text=True) as driver:
            output = driver.communicate(timeout=window + 120)[0]
    if not output:
        raise RuntimeError("gateload said nothing")
    said = json.loads(output)
    if said["errors"] or said["refused"]:
        raise RuntimeError(f"{said['errors']} errors, {said['refused']} answers refused")
    return {**said, "us": said["server_cpu_s"] * 1e6 / max(1, said["stamps"] or said["answers"])}


def ask_directly(port, pid, **how):
    body = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": "go"}]}
    return ask(port, pid, "/v1/chat/completions", body, DIRECT_PIECE, **how)


def ask_hub(hub, agent, stream=True, **how):
    body = {"agentId": agent, "message": "go", **({"stream": True} if stream else {})}
    return ask(hub.port, hub.pid, "/api/invoke", body, HUB_PIECE, **how)


def measure_added(bench):
    """One stream at a time, 20 chunks a second: what the hub adds to the provider's own time."""
    if not bench.binary:
        return
    rate, chunks, window, turns = 20, 5, bench.choose(15, 5), bench.choose(5, 2)
    first, later, relayed, notes = [], [], [], []
    port, relay_port = machine.free_port(), machine.free_port()
    with (load.upstream(port, rate, chunks, at_once=True) as provider, load.relay(relay_port, port) as relay,
          Hub(bench.binary, ROLLUP_MS=20) as hub):
        agent = hub.create_agent("bench", port)
        for _ in range(turns):
            direct = ask_directly(port, provider.pid, window=window)
            passed_on = ask_directly(relay_port, relay.pid, window=window)
            through = ask_hub(hub, agent, window=window)
            bench.keep("direct", direct)
            bench.keep("through an empty relay", passed_on)
            bench.keep("through the hub", through)
            relayed.append((passed_on["later_p50_us"] - direct["later_p50_us"]) / 1e3)
            first.append((through["first_p50_us"] - direct["first_p50_us"]) / 1e3)
            later.append((through["later_p50_us"] - direct["later_p50_us"]) / 1e3)
            notes.append(through)
    p99 = max(run["later_p99_us"] for run in notes) / 1e3
    yield Figure("added first", "one stream: added until the first chunk, message and run stored and synced before, p50",
                 first, "ms", 0.5, note=f"the provider alone {direct['first_p50_us'] / 1e3:.2f} ms")
    yield Figure("added later", "one stream, 20 chunks/s: added to later chunks, stored before they are shown, p50",
                 later, "ms", 0.2, note=f"roll-up as delivered (20 ms); worst p99 of a chunk {p99:.1f} ms")
    yield Figure("added relay", "the same through an empty relay in C, which only passes bytes on", relayed, "ms",
                 note="the least that anything in between adds on this machine")


def measure_streams(bench):
    """500 streams at once, 20 chunks a second each, every one read by the client that asked."""
    if not bench.binary:
        return
    streams, rate, window, wanted = 500, 20, bench.choose(10, 5), bench.choose(3, 1)
    runs, fresh = [], []
    for _ in range(wanted):
        port, warm = machine.free_port(), machine.free_port()
        with load.upstream(port, rate), load.upstream(warm, 1000, 1000), Hub(bench.binary, ROLLUP_MS=20) as hub:
            start = machine.resident_bytes(hub.pid)
            # The newest events are kept for all, up to a bound that has nothing to do with streams: it is reached first.
            ask_hub(hub, hub.create_agent("warm", warm), clients=20, window=3, arguments=["--warmup", 0, "--spread", 0.1])
            time.sleep(3)  # a run goes on when its client leaves
            runs.append(ask_hub(hub, hub.create_agent("bench", port), clients=streams, window=window,
                                arguments=["--spread", 3, "--warmup", 2]))
            fresh.append((runs[-1]["rss_end"] - start) / streams / 1e3)
            bench.keep("500 streams", runs[-1])
    clean = [run for run in runs if load.is_clean(run)]
    faults = [f"only {share:.0%} of the chunks came" for run in clean
              if (share := run["stamps"] / (streams * rate * run["seconds"])) < 0.99]
    what, discarded = f"{streams} streams x {rate} chunks/s", len(runs) - len(clean)
    p50, p99 = (max((run[key] for run in clean), default=0) / 1e3 for key in ("later_p50_us", "later_p99_us"))
    yield Figure("streams cpu", f"{what}: CPU of one core", [run["server_cpu_percent"] for run in clean], "%", 40,
                 discarded=discarded, faults=faults,
                 note=f"every chunk stored, then sent to the one who asked; a chunk takes p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    yield Figure("streams memory", f"{what}: memory a stream",
                 [(run["rss_end"] - run["rss_before"]) / streams / 1e3 for run in clean], "kB", 60, discarded=discarded,
                 faults=faults, note=f"RSS, curl's and the client's connection included; {max(fresh):.0f} kB in a hub that "
                 "had no events before, which holds the newest of all for everybody")


@contextmanager
def litellm(port, upstream_port):
    """LiteLLM's proxy in front of the same provider, one worker, nothing logged."""
    folder = Path(tempfile.mkdtemp(prefix="litellm-", dir=scratch_folder()))
    (folder / "config.yaml").write_text(json.dumps({"model_list": [{"model_name": "bench", "litellm_params": {
        "model": "openai/bench", "api_base": f"http://127.0.0.1:{upstream_port}/v1", "api_key": "bench"}}]}))
    environment = {**os.environ, "LITELLM_LOG": "ERROR", "LITELLM_MODE": "PRODUCTION",
                   "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}
    command = [program(), "--config", folder / "config.yaml", "--port", port, "--host", "127.0.0.1", "--num_workers", 1]
    process = machine.start(command, machine.SERVER_CORE, env=environment, cwd=folder, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    try:
        machine.wait_for_port(port, process, 120)
        yield process
    finally:
        machine.stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def program():
    return os.environ.get("BENCH_LITELLM") or shutil.which("litellm")


def measure_gateway(bench):
    """Whole answers of a provider that needs no time, asked for by 32 clients: requests a second of one core."""
    if not bench.binary:
        return
    clients, window, turns = 32, bench.choose(8, 4), bench.choose(3, 1)
    ours, theirs, costs = [], [], []
    port = machine.free_port()
    with load.upstream(port, 1_000_000, 1, at_once=True):
        for _ in range(turns):
            with Hub(bench.binary, ROLLUP_MS=20) as hub:
                run = ask_hub(hub, hub.create_agent("bench", port), stream=False, clients=clients, window=window)
            bench.keep("hub requests", run)
            ours.append((len(ours), run["answers"] / run["seconds"]))
            costs.append(run["server_cpu_s"] * 1e6 / max(1, run["answers"]))
            if program():
                theirs.append((len(theirs), litellm_rate(bench, port, clients, window)))
    note = f"{sum(costs) / len(costs):.0f} µs CPU a request, message, run and answer stored and synced"
    yield Figure("requests", f"{clients} clients, whole answers: requests a second of one core",
                 [rate for _, rate in ours], "1/s", note=note)
    if not theirs:
        print("skipped: LiteLLM's proxy (pip install 'litellm[proxy]==1.106.0') is not installed; BENCH_LITELLM can name it",
              file=sys.stderr)
        return
    yield Figure("litellm", "the same through LiteLLM's proxy", [rate for _, rate in theirs], "1/s")
    yield Figure("requests ratio", "requests a second: hub / LiteLLM", ratios(ours, theirs), "x", 20, at_least=True)


def litellm_rate(bench, upstream_port, clients, window):
    port = machine.free_port()
    body = {"model": "bench", "messages": [{"role": "user", "content": "go"}]}
    with litellm(port, upstream_port) as process:
        run = ask(port, process.pid, "/v1/chat/completions", body, DIRECT_PIECE, clients=clients, window=window,
                  arguments=["--warmup", 3], headers=["Authorization: Bearer bench"])
    bench.keep("LiteLLM requests", run)
    return run["answers"] / run["seconds"]
