"""What a request costs: the smallest one, and a page of 50 messages out of a million."""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import load
import machine
from figures import Figure
from hub import Hub, scratch_folder

CONNECTIONS = 32
PAGE, MESSAGES_PER_CONVERSATION = 50, 100


def request_cost(hub, path, seconds, paths_file=None):
    """Server CPU a request under wrk, with both sides' starvation."""
    environment = {**os.environ, **({"PATHS": str(paths_file)} if paths_file else {})}
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", load.HERE / "wrk.lua",
               f"http://127.0.0.1:{hub.port}{path}"]
    meter, own_wait = machine.Meter(hub.pid, machine.SERVER_CORE), 0
    with machine.start(command, machine.LOAD_CORE, env=environment, stdout=subprocess.PIPE, text=True) as wrk:
        while wrk.poll() is None:
            own_wait = max(own_wait, machine.wait_seconds(wrk.pid))
            time.sleep(0.1)
        elapsed, cpu, starved = meter.read()
        said = json.loads(wrk.stdout.read().strip().splitlines()[-1])
    return {**said, "us": cpu * 1e6 / max(1, said["requests"]), "requests_per_second": said["requests"] / elapsed,
            "server_wait_percent": starved, "own_wait_percent": 100 * own_wait / elapsed}


def measure_hello(bench):
    """GET /health over kept-alive connections."""
    if not bench.binary or not bench.has("wrk"):
        return
    runs = []
    with Hub(bench.binary) as hub:
        for _ in range(bench.choose(7, 2)):
            runs.append(request_cost(hub, "/health", bench.choose(4, 2)))
            bench.keep("hub hello", runs[-1])
    clean = [run for run in runs if load.is_clean(run)]
    rate = f"{clean[-1]['requests_per_second']:,.0f} requests/s over {CONNECTIONS} connections" if clean else ""
    faults = [f"{run['errors']} errors" for run in runs if run["errors"]]
    yield Figure("hello", "GET /health: server CPU a request", [run["us"] for run in clean], "µs", 8,
                 discarded=len(runs) - len(clean), note=rate, faults=faults)


def measure_page(bench):
    """GET a page of 50 messages of a random conversation, less what GET /health costs."""
    if not bench.binary or not bench.has("wrk"):
        return
    total = bench.choose(1_000_000, 100_000)
    folder = Path(tempfile.mkdtemp(prefix="page-", dir=scratch_folder()))
    try:
        conversations = fill(bench.binary, folder, total)
        random.Random(1).shuffle(conversations)
        paths = folder / "paths"
        paths.write_text("".join(f"/api/conversations/{id}/messages?limit={PAGE}\n" for id in conversations))
        yield page_figure(bench, folder, paths, conversations[0], total)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def page_figure(bench, folder, paths, conversation, total):
    values, discarded, faults, seconds = [], 0, [], bench.choose(4, 2)
    with Hub(bench.binary, folder) as hub:
        page = hub.request("GET", f"/api/conversations/{conversation}/messages?limit={PAGE}")[1]
        if len(page["items"]) != PAGE:
            faults.append(f"a page has {len(page['items'])} messages")
        for _ in range(bench.choose(5, 2)):
            hello, paged = request_cost(hub, "/health", seconds), request_cost(hub, "/", seconds, paths)
            bench.keep("hub page", paged)
            if paged["errors"]:
                faults.append(f"{paged['errors']} errors")
            if load.is_clean(hello) and load.is_clean(paged):
                values.append(paged["us"] - hello["us"])
            else:
                discarded += 1
    size = len(json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode())
    return Figure("page", f"page of {PAGE} of {total:,} messages: server CPU over GET /health", values, "µs", 50,
                  discarded=discarded, note=f"{size / 1e3:.0f} kB a page, JSON and sending included", faults=faults)


# The database is filled behind the server's back, with copies of rows that the server wrote itself.

def fill(binary, folder, total):
    """Fills a database with `total` messages and returns the ids of their conversations."""
    write_samples(binary, folder)
    database = sqlite3.connect(folder / "bench.db", isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    conversation, message = sample(database, "conversations", "1"), sample(database, "messages", "role='agent'")
    owner = next(name for name in ("conversation", "conversation_id") if name in message)
    ids = [f"{number:08x}-0000-7000-8000-000000000000" for number in range(1, total // MESSAGES_PER_CONVERSATION + 1)]
    database.execute("BEGIN")
    insert(database, "conversations", conversation, ({"id": id} for id in ids))
    insert(database, "messages", message, (
        {"id": f"{id[:19]}8{seq:03x}{id[23:]}", owner: id, "seq": seq, "text": f"message {seq} " + "x" * 190}
        for id in ids for seq in range(1, MESSAGES_PER_CONVERSATION + 1)))
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return ids


def write_samples(binary, folder):
    """One whole run through the server: it migrates, and leaves a conversation and its messages."""
    port = machine.free_port()
    with load.upstream(port, rate=100, chunks=3), Hub(binary, folder) as hub:
        hub.invoke(hub.create_agent("bench", port), background=False)


def sample(database, table, condition):
    """One row as a dictionary; columns that SQLite computes are left out."""
    names = [row[1] for row in database.execute(f"PRAGMA table_xinfo({table})") if row[6] == 0]
    row = database.execute(f"SELECT {', '.join(names)} FROM {table} WHERE {condition} LIMIT 1").fetchone()
    if row is None:
        raise RuntimeError(f"the server wrote no row into {table}")
    return dict(zip(names, row))


def insert(database, table, template, changes):
    columns = ", ".join(template)
    marks = ", ".join("?" * len(template))
    rows = ([change.get(name, value) for name, value in template.items()] for change in changes)
    database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
