"""What watching costs: the hub beside the naive C broadcaster and node's `ws`."""
import time
from statistics import median

import load
import machine
from figures import Figure, ratios, short

USUAL_FRAME_BYTES = 370  # when there is no hub to ask


class Lane:
    """The runs of one contender: the clean ones with the moment they ended, and what was wrong with any."""

    def __init__(self, name, run, events_per_second=None, isolated=True):
        """`isolated`: server and driver have a core each, so that neither may be kept from its own."""
        self.name, self.run, self.events_per_second, self.isolated = name, run, events_per_second, isolated
        self.clean, self.discarded, self.faults = [], 0, []

    def go(self, bench):
        result = self.run()
        bench.keep(self.name, result)
        if self.isolated and not load.is_clean(result):
            self.discarded += 1
            return
        self.clean.append((time.monotonic(), result))
        if self.events_per_second:
            self.faults += faults(result, self.events_per_second * result["seconds"])

    def gather(self, bench, wanted):
        """Runs until enough are clean, or as many again were starved."""
        while len(self.clean) < wanted and self.discarded < wanted + 2:
            self.go(bench)
        return self

    def values(self, key, unit=1):
        return [run[key] / unit for _, run in self.clean]

    def median(self, key, unit=1):
        return median(self.values(key, unit))

    def summary(self):
        if not self.clean:
            return "no clean run"
        p50, p99 = (self.median(key, 1e3) for key in ("p50_us", "p99_us"))
        percent, driver = (self.median(key) for key in ("server_cpu_percent", "own_cpu_percent"))
        merged = median(1 - run["frames"] / max(1, run["events"]) for _, run in self.clean)
        return (f"p50 {short(p50)} ms, p99 {short(p99)} ms, CPU {percent:.0f} %, driver {driver:.0f} %"
                + (f", {100 * merged:.0f} % merged away" if merged > 0.005 else ""))

    def figure(self, name, what, values, unit, goal=None, note=None, **more):
        """A line about these runs; what was wrong with any of them takes the proof from it."""
        return Figure(name, what, values, unit, goal, discarded=self.discarded, faults=self.faults,
                      note=self.summary() if note is None else note, **more)

    def cost_figure(self, what, goal=None):
        # A merged frame counts as the events it covers, or a hub that merges would look dear.
        return self.figure(what, f"{what}, server CPU a frame", self.values("server_cpu_us_per_event"), "µs", goal)


def faults(run, expected_events):
    """What makes a run worthless as a proof, in words."""
    found = [f"{run[key]} {key}" for key in ("refused", "closed", "errors", "gaps", "disorder") if run[key]]
    if run["events"] < 0.99 * expected_events:
        found.append(f"only {100 * run['events'] / expected_events:.0f} % of the events arrived")
    return found


def frame_bytes(lane):
    """The size of the hub's frames; its peers must carry as much."""
    return round(median(lane.values("frame_bytes"))) if lane.clean else USUAL_FRAME_BYTES


def measure_fan_out(bench):
    """100 events a second to 1,000 clients: hub, C and node in turn."""
    clients, rate, window, wanted = 1000, 100, bench.choose(5, 2), bench.choose(5, 2)
    hub = Lane("hub", lambda: load.hub_run(bench.binary, clients, rate, window), clients * rate)
    floor = Lane("C epoll", lambda: load.floor_run(clients, rate, frame_bytes(hub), window))
    node = Lane("node ws", lambda: load.node_run(clients, rate, frame_bytes(hub), window))
    lanes = ([hub] if bench.binary else []) + [floor] + ([node] if load.NODE_WS.exists() else [])
    in_turn(bench, lanes, wanted)
    for lane in lanes:
        yield lane.cost_figure(f"100 events/s x 1,000: {lane.name}")
    what = "100 events/s x 1,000"
    for peer, goal, slowest in ((floor, 1.10, 1.25), (node, 0.6, None)):
        if hub in lanes and peer in lanes:
            yield ratio_figure(what, hub, peer, goal)
            yield ratio_figure(what, hub, peer, slowest, key="p99_us", of="p99 of ")


def ratio_figure(what, ours, peer, goal, key="server_cpu_us_per_event", of=""):
    """Each of our runs over the peer's nearest in time."""
    pairs = ratios([(when, run[key]) for when, run in ours.clean], [(when, run[key]) for when, run in peer.clean])
    note = f"each run over the nearest in time, frames of {frame_bytes(ours)} B on both sides"
    name = f"{of}{ours.name} / {peer.name}"
    return ours.figure(name, f"{what}: {name}", pairs, "x", goal, note)


def in_turn(bench, lanes, wanted):
    """Lets contenders take turns until each has as many clean runs as wanted, or twice as many were tried."""
    for _ in range(2 * wanted + 2):
        for lane in lanes:
            lane.go(bench)
        if all(len(lane.clean) >= wanted for lane in lanes):
            break


def measure_sustained(bench):
    """1,000 events a second to 1,000 clients: no growing lag, nothing missing."""
    clients, rate, window, wanted = 1000, 1000, bench.choose(10, 4), bench.choose(3, 1)
    hub = Lane("hub", lambda: load.hub_run(bench.binary, clients, rate, window), clients * rate)
    what = "1,000 events/s x 1,000:"
    if bench.binary:
        hub.gather(bench, wanted)
        yield hub.cost_figure(f"{what} hub", 0.35)
        yield hub.figure("sustained p99", f"{what} p99", hub.values("p99_us", 1e3), "ms", 25, "")
        yield hub.figure("sustained CPU", f"{what} server CPU", hub.values("server_cpu_percent"), "%", 60, "")
        growth = [(run["lag_us"][-1] - run["lag_us"][0]) / 1e3 for _, run in hub.clean]
        yield hub.figure("lag", f"{what} median lag, last quarter over first", growth, "ms", 10, "")
        missing = [100 * max(0, 1 - run["events"] / (clients * rate * run["seconds"])) for _, run in hub.clean]
        yield hub.figure("missing", f"{what} events that did not arrive in the window", missing, "%", 1, "")
    for tick in (5, 20):
        floor = Lane(f"C, {tick} ms tick", lambda: load.floor_run(clients, rate, frame_bytes(hub), window, tick))
        yield floor.gather(bench, wanted).cost_figure(f"{what} C epoll, one send each {tick} ms")


def measure_firehose(bench):
    """1,000 events a second to 5,000 clients: what one core can deliver at all."""
    clients, rate, window, wanted = 5000, 1000, bench.choose(10, 4), bench.choose(3, 1)
    hub = Lane("hub", lambda: load.hub_run(bench.binary, clients, rate, window))
    floor = Lane("C, 20 ms tick", lambda: load.floor_run(clients, rate, frame_bytes(hub), window, 20))
    lanes = ([hub] if bench.binary else []) + [floor]
    in_turn(bench, lanes, wanted)
    what = "1,000 events/s x 5,000:"
    for lane in lanes:
        # At the limit a few events less than were due arrive; order and completeness are still watched.
        lane.faults = [fault for _, run in lane.clean for fault in faults(run, 0)]
        rates = [run["events"] / run["seconds"] / 1e6 for _, run in lane.clean]
        goal = 4.5 if lane is hub else None
        yield lane.figure(f"firehose {lane.name}", f"{what} {lane.name}, delivered", rates, "M/s", goal, at_least=True)
        yield lane.cost_figure(f"{what} {lane.name}")
    if bench.binary:
        yield hub.figure("firehose p99", f"{what} hub, p99", hub.values("p99_us", 1e3), "ms", 150, "")


def measure_tls(bench):
    """100 events a second to 1,000 clients over TLS, beside the same without."""
    if not bench.binary:
        return
    clients, rate, window, wanted = 1000, 100, bench.choose(5, 2), bench.choose(5, 2)
    plain = Lane("plain", lambda: load.hub_run(bench.binary, clients, rate, window), clients * rate)
    tls = Lane("TLS", lambda: load.hub_run(bench.binary, clients, rate, window, tls=True), clients * rate)
    in_turn(bench, [plain, tls], wanted)
    what = "100 events/s x 1,000"
    yield tls.cost_figure(f"{what}: hub over TLS")
    yield ratio_figure(what, tls, plain, 1.5)


def measure_loops(bench):
    """Two loops on two cores beside one; the driver shares both cores with them."""
    if not bench.binary:
        return
    clients, rate, window, wanted = 5000, 1000, bench.choose(8, 3), bench.choose(5, 2)
    run = lambda loops: lambda: load.hub_run(
        bench.binary, clients, rate, window, cores=machine.BOTH_CORES, LOOPS=loops)
    one, two = Lane("one loop", run(1), isolated=False), Lane("two loops", run(2), isolated=False)
    in_turn(bench, [one, two], wanted)
    what = f"{rate:,} events/s x {clients:,}"
    for lane in (one, two):
        lane.faults = [fault for _, run in lane.clean for fault in faults(run, 0)]
        rates = [run["events"] / run["seconds"] / 1e6 for _, run in lane.clean]
        yield lane.figure(f"fan-out, {lane.name}", f"{what}: {lane.name} on two cores, delivered", rates, "M/s")
    rate_of = lambda lane: [(when, run["events"] / run["seconds"]) for when, run in lane.clean]
    note = "each run over the nearest in time; 10 % is noise"
    yield two.figure("loops", f"{what}: two loops / one, delivered", ratios(rate_of(two), rate_of(one)), "x", 0.9,
                     note, at_least=True)
    yield ratio_figure(what, two, one, 1.1, key="p99_us", of="p99 of ")


def measure_chunk(bench):
    """50 agents at 50 chunks a second watched by 100: chunk in to frame out, stored before it is shown."""
    runs, rate, viewers, window, wanted = 50, 50, 100, bench.choose(10, 4), bench.choose(3, 1)
    hub = Lane("hub", lambda: load.hub_run(bench.binary, viewers, rate, window, runs), runs * rate * viewers)
    if bench.binary:
        hub.gather(bench, wanted)
        for key, unit_goal in (("p50_us", 0.5), ("p99_us", 5)):
            yield Figure(
                f"chunk {key[:3]}", f"50 runs x 50 chunks/s x 100 viewers: chunk in to frame out, {key[:3]}",
                hub.values(key, 1e3), "ms", unit_goal, discarded=hub.discarded, faults=hub.faults,
                note=f"roll-up off, commit included; {hub.summary()}")
    floor = Lane("C, 1 ms tick", lambda: load.floor_run(viewers, runs * rate, frame_bytes(hub), window, 1))
    floor.gather(bench, wanted)
    yield Figure("chunk C", "2,500 events/s x 100: C epoll, one send each ms, p50", floor.values("p50_us", 1e3), "ms",
                 discarded=floor.discarded, note=f"no provider, no commit; {floor.summary()}")
