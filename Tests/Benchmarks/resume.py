"""What a client costs that comes back to much it has missed."""
import time

import load
import machine
from figures import Figure, short
from hub import Hub
from session import Ledger, Session

MISSED = 1000


def measure_resume(bench):
    """One client after the other comes back to 1,000 missed events."""
    if not bench.binary:
        return
    port, wanted = machine.free_port(), bench.choose(30, 8)
    runs, faults = [], []
    with load.upstream(port, rate=2000, chunks=MISSED + 200), Hub(bench.binary) as hub:
        hub.invoke(hub.create_agent("bench", port), background=False)
        with Session(hub.port) as session:
            place = session.hello()
        for number in range(wanted):
            with Session(hub.port) as session:
                time.sleep(0.15)  # the upgrade and the wait for a first word are over, and nothing else is to do
                runs.append(resume_run(hub, session, place, faults))
            bench.keep("hub resume", {**runs[-1], "us": runs[-1]["cpu_ms"] * 1e3})
    clean = [run for run in runs if load.is_clean(run)]
    wall = sorted(run["wall_ms"] for run in clean)
    note = f"until it has all of them {short(wall[len(wall) // 2])} ms, its own reading included" if wall else ""
    yield Figure("resume", f"resume of {MISSED:,} missed events: server CPU", [run["cpu_ms"] for run in clean], "ms", 5,
                 len(runs) - len(clean), note, faults)


def resume_run(hub, session, place, faults):
    """From `hello` to `live`."""
    ledger = Ledger(place["offset"] - MISSED)
    meter = machine.Meter(hub.pid, machine.SERVER_CORE)
    greeting = session.hello({"epoch": place["epoch"], "offset": ledger.offset})
    for message in session.messages():
        if "live" in message:
            break
        ledger.take(message)
    elapsed, cpu, starved = meter.read()
    faults += ledger.faults
    if not greeting["recovered"] or ledger.events != MISSED:
        faults.append(f"it was told {ledger.events} of {MISSED} events")
    return {"cpu_ms": cpu * 1e3, "wall_ms": elapsed * 1e3, "frames": ledger.frames, "server_wait_percent": starved}
