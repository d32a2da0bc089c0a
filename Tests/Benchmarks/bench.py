"""Measures what the project promises and prints one Markdown table; see README.md beside this file."""
import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

import crowd
import fan_out
import figures
import footprint
import gateway
import http_cost
import load
import machine
import resume

CELLS = {
    "fan-out": fan_out.measure_fan_out,
    "tls": fan_out.measure_tls,
    "sustained": fan_out.measure_sustained,
    "firehose": fan_out.measure_firehose,
    "loops": fan_out.measure_loops,
    "chunk": fan_out.measure_chunk,
    "added": gateway.measure_added,
    "streams": gateway.measure_streams,
    "gateway": gateway.measure_gateway,
    "handshake": footprint.measure_handshake,
    "resume": resume.measure_resume,
    "storm": crowd.measure_storm,
    "stalled": crowd.measure_stalled,
    "slow": crowd.measure_slow,
    "idle": footprint.measure_idle,
    "idle-tls": footprint.measure_idle_tls,
    "start": footprint.measure_start,
    "size": footprint.measure_size,
    "hello": http_cost.measure_hello,
    "page": http_cost.measure_page,
}


class Bench:
    """What the cells share: the binary, how thorough to be, and the raw runs."""

    def __init__(self, binary, quick):
        self.binary, self.quick, self.runs = binary, quick, []

    def choose(self, thorough, quick):
        return quick if self.quick else thorough

    def has(self, program):
        if shutil.which(program):
            return True
        print(f"skipped: {program} is not installed", file=sys.stderr)
        return False

    def keep(self, name, run):
        self.runs.append({"name": name, "at": time.time(), **run})
        cost = run.get("server_cpu_us_per_frame") or run.get("us") or 0
        waits = f"waited: server {run['server_wait_percent']:.0f} %, driver {run.get('own_wait_percent', 0):.0f} %"
        print(f"  {name}: {cost:.3f} µs, {waits}", file=sys.stderr)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, help="the server; without it only the peers are measured")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: a look, not a proof")
    parser.add_argument("--only", action="append", choices=CELLS, metavar="NAME", help=", ".join(CELLS))
    parser.add_argument("--json", type=Path, default=load.PROGRAMS / "results.json", help="where all runs are kept")
    return parser.parse_args()


def main():
    options = arguments()
    if os.cpu_count() < 2:
        sys.exit("The server and the load driver need a core each; this machine has one.")
    if options.binary and not os.access(options.binary, os.X_OK):
        sys.exit(f"{options.binary} cannot be run.")
    load.compile_programs()
    machine.use_all_files()
    os.sched_setaffinity(0, {machine.LOAD_CORE})
    bench = Bench(options.binary and options.binary.resolve(), options.quick)
    if not load.NODE_WS.exists():
        print("skipped: node ws (Debian package node-ws) is not installed", file=sys.stderr)
    found, failed = [], []
    for name in options.only or CELLS:
        print(f"{name}: {CELLS[name].__doc__}", file=sys.stderr)
        try:
            found += CELLS[name](bench)
        except Exception as error:  # one cell that cannot be measured must not hide the others
            failed.append(f"{name}: {error}")
            print(f"  not measured: {error}", file=sys.stderr)
    report = {"machine": machine.description(), "quick": options.quick, "failed": failed,
              "figures": [figure.as_json() for figure in found], "runs": bench.runs}
    options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False))
    print(f"{machine.description()}; server on core {machine.SERVER_CORE}, load on core {machine.LOAD_CORE}\n")
    print(figures.table(found))
    for line in failed:
        print(f"\nNot measured: {line}")
    missed = [figure for figure in found if figure.goal is not None and figure.verdict != "yes"]
    return 1 if failed or missed else 0


if __name__ == "__main__":
    sys.exit(main())
