"""Counts the instructions of our own that one send costs; see README.md beside this file.

Valgrind runs the server and counts every instruction outside the kernel. Clients watch a slow stream, so that each event is
one frame in one send for each of them. What the sweep over the subscribers takes, with all it calls, divided by the sends in
it, is the number: it counts, it does not measure, so a busy machine or a slow one changes nothing.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import load
import machine
from hub import Hub, scratch_folder

GOAL = 150
CLIENTS, EVENTS, RATE = 100, 100, 25
# The ways a sweep can send.
WAYS = {"io_uring": {"IO_URING": "on"}, "one call a send": {"IO_URING": "off"}}
# The function that passes over all who follow, and the calls in it that are one send each.
SWEEP = re.compile(r"\bHubShard\.sweep\(")
SEND = re.compile(r"^\$?(push|(__)?(libc_)?send(to|msg)?)$")

# What is compiled from source here; of everything else, only what it costs whoever calls it is known.
OURS = re.compile(r"\$s|clinux_|send_by_")


class Profile:
    """What callgrind wrote: instructions by function, and by who called whom."""

    def __init__(self, path):
        self.own, self.called, self.total = Counter(), Counter(), 0
        self.through = defaultdict(Counter)  # caller -> callee -> instructions, with all that the callee called
        self.calls = defaultdict(Counter)
        self._read(path)

    def _read(self, path):
        function = callee = None
        for line in open(path):
            if line.startswith("fn="):
                function, callee = name_of(line), None
            elif line.startswith("cfn="):
                callee = name_of(line)
            elif line.startswith("calls="):
                calls = int(line[6:].split()[0])
            elif line[0].isdigit():
                cost = int(line.split()[1])
                if callee is None:
                    self.own[function] += cost
                    self.total += cost
                else:
                    self.calls[function][callee] += calls
                    self.through[function][callee] += cost
                    self.called[callee] += calls
                    callee = None

    def inclusive(self, function):
        return self.own[function] + sum(self.through[function].values())

    def below(self, root):
        """What `root` spends by (function, caller): instructions and calls, exact for what only `root` leads to.

        Functions that are not ours, those of the runtime and of libc, count with all they call, for each
        caller: everybody uses them, so only the way in tells on whose behalf. The others have no caller here.
        """
        share = {root: 1.0}  # of each function, the part of its calls that happen on behalf of `root`
        for _ in range(30):  # deeper than any chain of calls here
            found = Counter()
            for caller, part in share.items():
                for callee, calls in self.calls[caller].items():
                    if OURS.match(callee):
                        found[callee] += part * calls / self.called[callee]
            share = {root: 1.0, **{name: min(1.0, part) for name, part in found.items() if name != root}}
        costs, calls = Counter(), Counter()
        for function, part in share.items():
            costs[function, None] += part * self.own[function]
            calls[function, None] += part * self.called[function]
            for callee, cost in self.through[function].items():
                if not OURS.match(callee):
                    costs[callee, function] += part * cost
                    calls[callee, function] += part * self.calls[function][callee]
        return costs, calls


def name_of(line):
    """The function of a line; callgrind marks the rounds of a recursion."""
    return re.sub(r"'\d+$", "", line.split("=", 1)[1].strip())


def demangle(names):
    names = list(names)
    said = subprocess.run(["swift", "demangle", "--simplified", "--compact"], input="\n".join(names), text=True,
                          capture_output=True, check=True).stdout.splitlines()
    return dict(zip(names, said))


def record(binary, output, settings):
    """Runs the server under callgrind while clients watch one run from its first event to its last."""
    valgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={output}", "--instr-atstart=no",
                "--compress-strings=no", "--compress-pos=no"]
    port = machine.free_port()
    with load.upstream(port, RATE, EVENTS), Hub(binary, launcher=valgrind, **settings) as hub:
        agent = hub.create_agent("bench", port)

        def begin():
            time.sleep(1)  # the sessions have begun, and nothing else is to do
            subprocess.run(["callgrind_control", "--instr=on", str(hub.pid)], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            hub.invoke(agent)

        window = EVENTS / RATE + 3
        return load.watch(hub.port, hub.pid, CLIENTS, window, [*load.hub_socket(hub), "--warmup", 0], begin)


def without_debug_information(binary, folder):
    """Valgrind 3.19 gives up on the compiler's DWARF 5; the symbol table is enough for names."""
    stripped = Path(folder) / "agenthub"
    subprocess.run(["strip", "--strip-debug", "-o", stripped, binary], check=True)
    return stripped


def report(label, profile, run):
    """Prints the number and where it comes from; returns the number."""
    names = demangle(set(profile.own) | set(profile.called))
    sweep = next((name for name, plain in names.items() if SWEEP.search(plain)), None)
    if sweep is None:
        sys.exit("The profile holds no HubShard.sweep: name the function that passes over all subscribers in SWEEP.")
    costs, calls = profile.below(sweep)
    sends = sum(count for (name, _), count in calls.items() if SEND.search(names[name]))
    if sends == 0:
        sys.exit("No send was seen below the sweep: name the function that does it in SEND.")
    frames, each = run["frames"] + run["uncounted"], profile.inclusive(sweep) / sends
    rest = (profile.total - profile.inclusive(sweep)) / (EVENTS + 1)
    print(f"{label}: {each:.0f} instructions a send (goal: at most {GOAL}); {sends:,.0f} sends of {frames / sends:.2f} frames\n"
          f"{rest:,.0f} instructions an event for everything else: the provider's stream, the commit, the encoding\n\n"
          "| instructions a send | calls a send | function |\n|---|---|---|")
    for (name, caller), cost in costs.most_common(10):
        origin = f" from `{names[caller]}`" if caller else ""
        print(f"| {cost / sends:.1f} | {calls[name, caller] / sends:.2f} | `{names[name].lstrip('$')}`{origin} |")
    print()
    return each


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, required=True, help="a release build of the server with its symbols")
    options = parser.parse_args()
    load.compile_programs()
    os.sched_setaffinity(0, {machine.LOAD_CORE})
    worst = 0
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as folder:
        binary, output = without_debug_information(options.binary, folder), Path(folder) / "callgrind.out"
        for label, settings in WAYS.items():
            run = record(binary, output, settings)
            if run["connected"] != CLIENTS or run["gaps"] or run["events"] == 0:
                sys.exit(f"The run itself went wrong: {run}")
            worst = max(worst, report(label, Profile(output), run))
    return 0 if worst <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
