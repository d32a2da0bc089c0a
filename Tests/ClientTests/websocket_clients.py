"""A second opinion: the official `websockets` client watches a real hub. Run by `Scripts/test --clients`.

Usage: websocket_clients.py PATH-OF-AGENTHUB
"""

import asyncio
import contextlib
import json
import pathlib
import re
import signal
import sys
import tempfile
import urllib.request

from websockets.asyncio.client import connect

DEADLINE = 15


@contextlib.asynccontextmanager
async def hub(binary: str):
    """A hub on a free port with an empty database; gives its URL, and insists on a clean end."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            binary, "serve", "--port", "0", "--database", str(pathlib.Path(folder, "hub.db")),
            stdout=asyncio.subprocess.PIPE, stderr=sys.stderr)
        try:
            line = await asyncio.wait_for(process.stdout.readline(), DEADLINE)
            found = re.search(rb"http://[^\s,]+", line)
            assert found, f"the hub's first line has no URL: {line!r}"
            yield found[0].decode()
            process.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(process.wait(), DEADLINE)
            assert code == 0, f"the hub ended with {code}"
        finally:
            if process.returncode is None:
                process.kill()


def post(url: str, body: dict) -> dict:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        return json.load(answer)


async def invoke(url: str, text: str) -> dict:
    return await asyncio.to_thread(post, f"{url}/api/invoke", {"agentId": "demo", "message": text})


async def receive(socket) -> dict:
    return json.loads(await asyncio.wait_for(socket.recv(), DEADLINE))


async def hello(socket, **members) -> dict:
    await socket.send(json.dumps({"id": 1, "command": "hello", "client": "second-opinion/1", **members}))
    while "reply" not in (frame := await receive(socket)):
        pass
    assert "ok" in frame, frame
    return frame["ok"]


async def events_until_answered(socket) -> list[dict]:
    """All events up to the agent's completed message."""
    events = []
    while True:
        frame = await receive(socket)
        if "type" not in frame or "offset" not in frame:
            continue
        events.append(frame)
        if frame["type"] == "message.completed" and frame.get("role", "agent") == "agent":
            return events


def check_order(events: list[dict]) -> None:
    offsets = [event["offset"] for event in events]
    assert offsets == sorted(set(offsets)), f"offsets repeat or go back: {offsets}"
    seq = None
    for event in (event for event in events if "seq" in event):
        first = event["seq"] - event.get("count", 1) + 1
        assert seq is None or first == seq + 1, f"seq {first} follows {seq}"
        seq = event["seq"]


def check_text(events: list[dict], response: str) -> None:
    deltas = [event for event in events if event["type"] == "message.delta" and event["channel"] == "final"]
    text = "".join(event["text"] for event in deltas)
    assert deltas and text == response == events[-1]["text"], (text, response, events[-1])


async def a_watcher_sees_every_chunk_and_comes_back_to_what_it_missed(url: str) -> None:
    address = url.replace("http", "ws", 1) + "/ws"
    async with connect(address, subprotocols=["agenthub.v1"]) as socket:
        assert socket.subprotocol == "agenthub.v1"
        start = await hello(socket)
        answer, events = await asyncio.gather(invoke(url, "Hello."), events_until_answered(socket))
        check_order(events)
        check_text(events, answer["response"])
    async with connect(address, subprotocols=["agenthub.v1"]) as socket:
        resumed = await hello(socket, resume={"epoch": start["epoch"], "offset": start["offset"]})
        assert resumed["recovered"] is True and resumed["epoch"] == start["epoch"], resumed
        again = await events_until_answered(socket)
        check_order(again)
        check_text(again, answer["response"])
        assert again[-1]["offset"] == events[-1]["offset"], "the same event has another offset"


async def a_nexus_page_sees_its_frames(url: str) -> None:
    async with connect(url.replace("http", "ws", 1)) as socket:
        first = await receive(socket)
        assert (first["type"], first["status"]) == ("connection", "connected"), first
        await socket.send("this is not JSON")
        answer = asyncio.create_task(invoke(url, "Hello again."))
        chunks = []
        while (frame := await receive(socket))["kind"] == "agent-response":
            chunks.append(frame["data"]["chunk"])
        assert frame["kind"] == "agent-response-complete", frame
        response = (await answer)["response"]
        assert "" not in chunks and "".join(chunks) == frame["data"]["response"] == response


async def a_ping_is_answered(url: str) -> None:
    async with connect(url.replace("http", "ws", 1) + "/ws") as socket:
        await asyncio.wait_for(await socket.ping(b"are you there"), DEADLINE)


async def main() -> None:
    checks = [
        a_watcher_sees_every_chunk_and_comes_back_to_what_it_missed, a_nexus_page_sees_its_frames, a_ping_is_answered]
    async with hub(sys.argv[1]) as url:
        for check in checks:
            await asyncio.wait_for(check(url), 4 * DEADLINE)
            print("passed:", check.__name__.replace("_", " "))
    print(f"client tests: {len(checks)} passed")


asyncio.run(main())
