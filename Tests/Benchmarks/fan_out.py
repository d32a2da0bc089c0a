"""What watching costs: the hub beside the naive C broadcaster and node's `ws`."""
import time
from statistics import median

import load
from figures import Figure, ratios, short

USUAL_FRAME_BYTES = 370  # when there is no hub to ask


class Lane:
    """The runs of one contender: the clean ones with the moment they ended, and what was wrong with any."""

    def __init__(self, name, run, events_per_second=None):
        self.name, self.run, self.events_per_second = name, run, events_per_second
        self.clean, self.discarded, self.faults = [], 0, []

    def go(self, bench):
        result = self.run()
        bench.keep(self.name, result)
        if not load.is_clean(result):
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

    def summary(self):
        if not self.clean:
            return "no clean run"
        p50, p99 = (median(self.values(key, 1e3)) for key in ("p50_us", "p99_us"))
        percent = median(self.values("server_cpu_percent"))
        return f"p50 {short(p50)} ms, p99 {short(p99)} ms, CPU {percent:.0f} %"

    def cost_figure(self, what):
        return Figure(what, f"{what}, server CPU a frame", self.values("server_cpu_us_per_frame"), "µs",
                      discarded=self.discarded, note=self.summary())


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
    for _ in range(2 * wanted + 2):
        for lane in lanes:
            lane.go(bench)
        if all(len(lane.clean) >= wanted for lane in lanes):
            break
    for lane in lanes:
        yield lane.cost_figure(f"100 events/s x 1,000: {lane.name}")
    for peer, goal in ((floor, 1.25), (node, 0.7)):
        if hub in lanes and peer in lanes:
            yield ratio_figure(hub, peer, goal)


def ratio_figure(hub, peer, goal):
    cost = "server_cpu_us_per_frame"
    pairs = ratios([(when, run[cost]) for when, run in hub.clean], [(when, run[cost]) for when, run in peer.clean])
    note = f"each run over the nearest in time, frames of {frame_bytes(hub)} B on both sides"
    return Figure(f"hub / {peer.name}", f"100 events/s x 1,000: hub / {peer.name}", pairs, "x", goal, note=note,
                  faults=hub.faults)


def measure_sustained(bench):
    """1,000 events a second to 1,000 clients: no growing lag, nothing missing."""
    clients, rate, window, wanted = 1000, 1000, bench.choose(10, 4), bench.choose(3, 1)
    hub = Lane("hub", lambda: load.hub_run(bench.binary, clients, rate, window), clients * rate)
    what = "1,000 events/s x 1,000:"
    if bench.binary:
        hub.gather(bench, wanted)
        yield hub.cost_figure(f"{what} hub")
        growth = [(run["lag_us"][-1] - run["lag_us"][0]) / 1e3 for _, run in hub.clean]
        yield Figure("lag", f"{what} median lag, last quarter over first", growth, "ms", 10, faults=hub.faults)
        missing = [100 * max(0, 1 - run["events"] / (clients * rate * run["seconds"])) for _, run in hub.clean]
        yield Figure("missing", f"{what} events that did not arrive in the window", missing, "%", 1, faults=hub.faults)
    for tick in (5, 20):
        floor = Lane(f"C, {tick} ms tick", lambda: load.floor_run(clients, rate, frame_bytes(hub), window, tick))
        yield floor.gather(bench, wanted).cost_figure(f"{what} C epoll, one send each {tick} ms")


def measure_chunk(bench):
    """50 agents at 50 chunks a second watched by 100: chunk in to frame out, stored before it is shown."""
    runs, rate, viewers, window, wanted = 50, 50, 100, bench.choose(10, 4), bench.choose(3, 1)
    hub = Lane("hub", lambda: load.hub_run(bench.binary, viewers, rate, window, runs), runs * rate * viewers)
    if bench.binary:
        hub.gather(bench, wanted)
        for key, unit_goal in (("p50_us", 1), ("p99_us", 10)):
            yield Figure(
                f"chunk {key[:3]}", f"50 runs x 50 chunks/s x 100 viewers: chunk in to frame out, {key[:3]}",
                hub.values(key, 1e3), "ms", unit_goal, discarded=hub.discarded, faults=hub.faults,
                note=f"roll-up off, commit included; {hub.summary()}")
    floor = Lane("C, 1 ms tick", lambda: load.floor_run(viewers, runs * rate, frame_bytes(hub), window, 1))
    floor.gather(bench, wanted)
    yield Figure("chunk C", "2,500 events/s x 100: C epoll, one send each ms, p50", floor.values("p50_us", 1e3), "ms",
                 discarded=floor.discarded, note=f"no provider, no commit; {floor.summary()}")
