"""Processes pinned to a core, and what Linux says about them."""
import glob
import os
import resource
import signal
import socket
import subprocess
import time

SERVER_CORE, LOAD_CORE = 0, 1
BOTH_CORES = {SERVER_CORE, LOAD_CORE}
STARVED_PERCENT = 15.0


def use_all_files():
    """Lifts the soft limit of open files to the hard one; children inherit it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=10.0):
    """Returns when somebody listens; raises when the process ends or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        time.sleep(0.001)
    raise RuntimeError(f"{process.args[0]} does not listen on port {port} after {seconds} s")


def start(command, cores, **options):
    """Starts a process pinned to a core, or to a set of them."""
    command, cores = [str(part) for part in command], {cores} if isinstance(cores, int) else cores
    return subprocess.Popen(command, preexec_fn=lambda: os.sched_setaffinity(0, cores), **options)


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(pid):
    """Exact CPU time of all threads, also of those that have ended (the clock of clock_getcpuclockid)."""
    return time.clock_gettime((~pid << 3) | 2)


def wait_seconds(pid):
    """Time the living threads were ready but not running, summed."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path) as file:
                total += int(file.read().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total / 1e9


def resident_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Rss:"))


def idle_seconds(core):
    with open("/proc/stat") as file:
        fields = next(line.split() for line in file if line.startswith(f"cpu{core} "))
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


class Meter:
    """CPU time and starvation of one process between two moments."""

    def __init__(self, pid, core):
        self.pid, self.core = pid, core
        self.began = self._now()

    def _now(self):
        return time.monotonic(), cpu_seconds(self.pid), wait_seconds(self.pid), idle_seconds(self.core)

    def read(self):
        """(elapsed, CPU seconds, percent of the time in which others kept it from its core)

        Threads of one process on one core also wait for each other; what others took is the upper bound.
        """
        elapsed, cpu, wait, idle = (b - a for a, b in zip(self.began, self._now()))
        foreign = max(0.0, elapsed - cpu - idle)
        return elapsed, cpu, 100 * min(wait, foreign) / elapsed


def description():
    """One line about the machine the numbers belong to."""
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "?")
    return f"{os.cpu_count()} x {model}, Linux {os.uname().release}"
