"""A second opinion: the official `websockets` client watches a real hub. Run by `Scripts/test --clients`.

Usage: websocket_clients.py PATH-OF-AGENTHUB
"""

import asyncio
import contextlib
import json
import os
import pathlib
import re
import signal
import sys
import tempfile
import urllib.request

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory as factory

DEADLINE = 15


@contextlib.asynccontextmanager
async def hub(binary: str):
    """A hub on a free port with an empty database; gives its URL and its process, which must be told to stop, and then end well."""
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            binary, "serve", "--port", "0", "--database", str(pathlib.Path(folder, "hub.db")),
            stdout=asyncio.subprocess.PIPE, stderr=sys.stderr, env=os.environ | {"AGENTHUB_ECHO": "1"})
        try:
            line = await asyncio.wait_for(process.stdout.readline(), DEADLINE)
            found = re.search(rb"http://[^\s,]+", line)
            assert found, f"the hub's first line has no URL: {line!r}"
            yield found[0].decode(), process
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


async def both_paths_speak_what_was_asked_for(url: str) -> None:
    for path in ["", "/", "/ws"]:
        async with connect(websocket(url) + path) as socket:
            assert socket.subprotocol is None
            assert (await receive(socket))["type"] == "connection"
        async with connect(websocket(url) + path, subprotocols=["other", "agenthub.v1"]) as socket:
            assert socket.subprotocol == "agenthub.v1"
            assert (await hello(socket))["epoch"]


async def an_unknown_subprotocol_or_path_is_refused(url: str) -> None:
    for path, protocols, status in [("/ws", ["chat.v9"], 400), ("/nowhere", None, 404)]:
        try:
            async with connect(websocket(url) + path, subprotocols=protocols):
                raise AssertionError(f"{path} {protocols} was accepted")
        except InvalidStatus as refusal:
            assert refusal.response.status_code == status, refusal
            assert json.loads(refusal.response.body)["error"]


async def pings_are_answered_both_ways(url: str) -> None:
    async with connect(websocket(url) + "/ws") as socket:
        for payload in [b"", b"are you there", bytes(125)]:
            await asyncio.wait_for(await socket.ping(payload), DEADLINE)
        await socket.pong(b"nobody asked")
        await asyncio.wait_for(await socket.ping(), DEADLINE)


async def large_and_fragmented_messages_come_back_whole(url: str) -> None:
    text = "naïve 漢字 👩‍👩‍👧 " * 20_000
    async with connect(websocket(url) + "/echo", max_size=None) as socket:
        for message in ["", "x" * 125, "x" * 126, "x" * 65_535, "x" * 65_536, text, b"", bytes(range(256)) * 2_000]:
            await socket.send(message)
            assert await asyncio.wait_for(socket.recv(), DEADLINE) == message
        await socket.send(text[place:place + 997] for place in range(0, len(text), 997))
        assert await asyncio.wait_for(socket.recv(), DEADLINE) == text


async def what_is_large_travels_deflated_in_both_directions(url: str) -> None:
    text, noise = "naïve 漢字 👩‍👩‍👧 " * 20_000, os.urandom(100_000)
    for offer, bits in [("deflate", None), (factory(server_max_window_bits=12), 12), (factory(server_max_window_bits=9), 9),
                        (factory(client_max_window_bits=10, client_no_context_takeover=True), None)]:
        options = {"compression": offer} if offer == "deflate" else {"compression": None, "extensions": [offer]}
        async with connect(websocket(url) + "/echo", max_size=None, **options) as socket:
            agreed = socket.response.headers["Sec-WebSocket-Extensions"]
            parameters = set(agreed.split("; "))
            assert parameters >= {"permessage-deflate", "server_no_context_takeover", "client_no_context_takeover"}
            assert ("server_max_window_bits" in agreed) == (bits is not None), agreed
            assert bits is None or f"server_max_window_bits={bits}" in parameters, agreed
            for message in ["", "x", text, noise, b"\0" * 1_000_000, text[:1023], text[:1024]]:
                await socket.send(message)
                assert await asyncio.wait_for(socket.recv(), DEADLINE) == message
            await socket.send(text[place:place + 997] for place in range(0, len(text), 997))
            assert await asyncio.wait_for(socket.recv(), DEADLINE) == text


async def nothing_is_deflated_for_who_does_not_offer_it(url: str) -> None:
    async with connect(websocket(url) + "/echo", compression=None) as socket:
        assert "Sec-WebSocket-Extensions" not in socket.response.headers
        await socket.send("x" * 5000)
        assert await asyncio.wait_for(socket.recv(), DEADLINE) == "x" * 5000


async def a_bomb_ends_the_socket(url: str) -> None:
    async with connect(websocket(url) + "/ws", subprotocols=["agenthub.v1"]) as socket:
        assert await ending(socket, socket.send(" " * (100 << 20))) == 1009


async def a_fragmented_command_is_one_command(url: str) -> None:
    async with connect(websocket(url) + "/ws", subprotocols=["agenthub.v1"]) as socket:
        await socket.send(list('{"id":"ünï","command":"hello"}'))
        assert (await reply(socket, "ünï"))["ok"]["connection"]


async def a_message_that_is_too_large_ends_the_socket(url: str) -> None:
    async with connect(websocket(url) + "/ws", subprotocols=["agenthub.v1"]) as socket:
        assert await ending(socket, socket.send("x" * (1 << 20 | 1))) == 1009


async def mistakes_are_answered_and_too_many_end_the_socket(url: str) -> None:
    async with connect(websocket(url) + "/ws", subprotocols=["agenthub.v1"]) as socket:
        for text, code in [
            ("this is not JSON", "invalid_json"), ("[1]", "invalid_command"), ('{"id":7}', "invalid_command"),
            ('{"id":7,"command":"helo"}', "unknown_command"),
            ('{"id":7,"command":"hello","colour":"red"}', "unknown_field"),
            (b"\x00\x01", "binary_not_supported"),
        ]:
            await socket.send(text)
            error = (await reply(socket))["error"]
            assert error["code"] == code and error["message"], (text, error)
        await hello(socket)
        assert await ending(socket, *(socket.send("{") for _ in range(20))) == 4500


async def close_codes_are_echoed(url: str) -> None:
    for code, reason in [(1000, ""), (1001, "going"), (3000, "ünïcode"), (4999, "x" * 100)]:
        async with connect(websocket(url) + "/ws", subprotocols=["agenthub.v1"]) as socket:
            await asyncio.wait_for(socket.close(code, reason), DEADLINE)
            assert socket.close_code == code, (code, socket.close_code)


async def fifty_watchers_see_the_same(url: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(connect(websocket(url), subprotocols=["agenthub.v1"])) for _ in range(50)]
        for socket in sockets:
            await hello(socket)
        answer, *seen = await asyncio.gather(invoke(url, "Hello, all."), *map(events_until_answered, sockets))
        for events in seen:
            check_order(events)
            check_text(events, answer["response"])
            assert events == seen[0]


async def a_hub_that_stops_says_goodbye(url: str, process: asyncio.subprocess.Process) -> None:
    async with connect(websocket(url) + "/ws", subprotocols=["agenthub.v1"]) as socket:
        await hello(socket)
        process.send_signal(signal.SIGTERM)
        while "bye" not in (frame := await receive(socket)):
            pass
        assert frame["bye"]["code"] == 4000 and frame["bye"]["resume"] is True, frame
        assert await ending(socket) == 4000


def websocket(url: str) -> str:
    return url.replace("http", "ws", 1)


async def reply(socket, number=None) -> dict:
    """The next reply, to a command with this number if one is given."""
    while "reply" not in (frame := await receive(socket)) or number is not None and frame["reply"] != number:
        pass
    return frame


async def ending(socket, *sends) -> int:
    """Sends, then reads to the end; the hub's close code."""
    try:
        for send in sends:
            await send
        while True:
            await asyncio.wait_for(socket.recv(), DEADLINE)
    except ConnectionClosed:
        return socket.close_code


async def main() -> None:
    checks = [
        a_watcher_sees_every_chunk_and_comes_back_to_what_it_missed, a_nexus_page_sees_its_frames,
        both_paths_speak_what_was_asked_for, an_unknown_subprotocol_or_path_is_refused, pings_are_answered_both_ways,
        large_and_fragmented_messages_come_back_whole, what_is_large_travels_deflated_in_both_directions,
        nothing_is_deflated_for_who_does_not_offer_it, a_bomb_ends_the_socket, a_fragmented_command_is_one_command,
        a_message_that_is_too_large_ends_the_socket, mistakes_are_answered_and_too_many_end_the_socket,
        close_codes_are_echoed, fifty_watchers_see_the_same]
    async with hub(sys.argv[1]) as (url, process):
        for check in checks:
            await asyncio.wait_for(check(url), 4 * DEADLINE)
            print("passed:", check.__name__.replace("_", " "))
        await asyncio.wait_for(a_hub_that_stops_says_goodbye(url, process), 4 * DEADLINE)
        print("passed:", a_hub_that_stops_says_goodbye.__name__.replace("_", " "))
    print(f"client tests: {len(checks) + 1} passed")


asyncio.run(main())
