"""What becomes of a crowd when some of it misbehaves: a storm of returns, a client that stalls, one that reads slowly."""
import time

import fan_out
import load
import machine
from fan_out import Lane
from figures import Figure, short
from hub import Hub
from session import Ledger, Session


def measure_storm(bench):
    """5,000 clients vanish and are back at once, each asking for what it missed, while events go on."""
    if not bench.binary:
        return
    clients, rate, wanted = bench.choose(5000, 2000), 100, bench.choose(3, 1)
    storm = Lane("hub storm", lambda: storm_run(bench.binary, clients, rate), isolated=False).gather(bench, wanted)
    for _, run in storm.clean:
        storm.faults += fan_out.faults(run, 0)
        if run["live"] != clients or run["unrecovered"]:
            storm.faults.append(f"{run['live']} of {clients} came back, {run['unrecovered']} of them without their place")
    what = f"{clients:,} clients return at once at {rate} events/s:"
    last = f"half of them within {short(storm.median('live_p50_ms'))} ms" if storm.clean else ""
    yield storm.figure("storm", f"{what} until the last has all", storm.values("live_last_ms"), "ms", 5000, last)
    cpu = [run["server_cpu_s"] * 1e6 / clients for _, run in storm.clean]
    yield storm.figure("storm CPU", f"{what} server CPU a client", cpu, "µs", note="connect, upgrade, resume")
    growth = [(run["rss_peak"] - run["rss_begin"]) / 1e6 for _, run in storm.clean]
    yield storm.figure("storm memory", f"{what} peak of the server's RSS over before", growth, "MB", 64, "")


def storm_run(binary, clients, rate):
    port = machine.free_port()
    with load.upstream(port, rate), Hub(binary) as hub:
        agent = hub.create_agent("bench", port)
        with Session(hub.port) as session:
            epoch = session.hello()["epoch"]
        arguments = [*load.hub_socket(hub), "--storm", epoch, "--patience", 30]
        return load.watch(hub.port, hub.pid, clients, 30, arguments, lambda: hub.invoke(agent))


def measure_stalled(bench):
    """One stalled client among thousands that read: the others must not notice."""
    if not bench.binary:
        return
    # Some 18 KB/s for each client; the kernel takes 50 KB for one that stalls, so it is shut out for most of the run.
    clients, rate, window, wanted = bench.choose(10_000, 2000), 50, bench.choose(10, 5), bench.choose(3, 2)
    run = lambda stalled: lambda: load.hub_run(
        bench.binary, clients, rate, window, arguments=["--stalled", stalled, "--warmup", 4])
    without = Lane("all read", run(0), clients * rate)
    stalled = Lane("one stalled", run(1), (clients - 1) * rate)
    fan_out.in_turn(bench, [without, stalled], wanted)
    what = f"{rate} events/s x {clients:,}"
    for lane in (without, stalled):
        yield lane.figure(lane.name, f"{what}, {lane.name}: p99", lane.values("p99_us", 1e3), "ms")
    yield fan_out.ratio_figure(what, stalled, without, 1.1, key="p99_us", of="p99 of ")
    growth = [(run["rss_peak"] - run["rss_begin"]) / 1e6 for _, run in stalled.clean]
    usual = [(run["rss_peak"] - run["rss_begin"]) / 1e6 for _, run in without.clean]
    note = f"without it {short(max(usual))} MB" if usual else ""
    yield stalled.figure("stalled memory", f"{what}, one stalled: growth of RSS in {window} s", growth, "MB", 16, note)


def measure_slow(bench):
    """A reader at 1 KB/s on a stream of 100 tokens/s: it stays, and has everything soon after it speeds up."""
    if not bench.binary:
        return
    # Longer than the hub's patience with one that takes nothing, and with one that answers no ping.
    seconds = bench.choose(75, 45)
    settings = bench.choose({}, {"PING_INTERVAL": 5, "PONG_TIMEOUT": 4})
    run = slow_run(bench.binary, seconds, settings)
    bench.keep("hub slow", run)
    what = "a reader at 1 KB/s, 100 tokens/s"
    note = (f"{run['slow_frames']} frames of {run['slow_events']} events in {seconds} s, "
            f"{run['merged']} of {run['frames']} frames merged, {run['bytes'] / 1e3:,.0f} KB in all")
    yield Figure("slow", f"{what}: from speeding up to having all", [run["seconds_to_converge"] * 1e3], "ms", 1000,
                 note=note, faults=run["faults"])
    yield Figure("slow memory", f"{what}: growth of the server's RSS", [run["rss_growth"] / 1e6], "MB", 24,
                 note="the newest events, which are kept for all, take up to 16 MB of it")


def slow_run(binary, seconds, settings):
    port = machine.free_port()
    with load.upstream(port, 100, chunks=100 * seconds), Hub(binary, **settings) as hub:
        agent = hub.create_agent("bench", port)
        with Session(hub.port, narrow=True) as session:
            ledger = Ledger(session.hello()["offset"])
            resident = machine.resident_bytes(hub.pid)
            meter, run = machine.Meter(hub.pid, machine.SERVER_CORE), hub.invoke(agent)
            for message in session.read_slowly(1000, seconds + 1):
                ledger.take(message)
            slow = {"slow_frames": ledger.frames, "slow_events": ledger.events}
            growth, hurried = machine.resident_bytes(hub.pid) - resident, time.monotonic()
            converge(session, ledger, run["output"])
            return {**slow, "frames": ledger.frames, "merged": ledger.merged, "bytes": session.received,
                    "seconds_to_converge": time.monotonic() - hurried, "rss_growth": growth,
                    "faults": ledger.faults + ends(session, ledger, hub, run), "server_wait_percent": meter.read()[2]}


def converge(session, ledger, message):
    """Reads as fast as it can until the message is whole."""
    try:
        for event in session.messages():
            ledger.take(event)
            if message in ledger.completed:
                return
    except (ConnectionError, TimeoutError) as error:
        ledger.faults.append(f"{error} at offset {ledger.offset}")


def ends(session, ledger, hub, run):
    """What is wrong with the end, in words."""
    if session.close_code is not None:
        return [f"the hub closed it with {session.close_code}"]
    stored = hub.request("GET", f"/api/conversations/{run['conversation']}/messages?limit=500")[1]["items"][-1]["text"]
    told = ledger.texts.get(run["output"]), ledger.completed.get(run["output"])
    return [] if told == (stored, stored) else ["its text is not the stored one"]
