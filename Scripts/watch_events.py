"""Prints every event of a hub as it happens; run by Scripts/watch."""

import asyncio
import json
import sys

import websockets


async def watch(url):
    resume = None
    async for socket in websockets.connect(url, subprotocols=["agenthub.v1"]):
        try:
            hello = {"id": 1, "command": "hello"}
            if resume:
                hello["resume"] = resume
            await socket.send(json.dumps(hello))
            async for frame in socket:
                message = json.loads(frame)
                if "ok" in message:
                    resume = resume or {"offset": message["ok"]["offset"]}
                    resume["epoch"] = message["ok"]["epoch"]
                if "type" not in message:
                    continue
                if resume and message["offset"] > resume["offset"]:
                    resume["offset"] = message["offset"]
                print(f'{message["offset"]:>5} {message["type"]:<17} {message.get("text", "")}', flush=True)
        except websockets.ConnectionClosed:
            continue


try:
    asyncio.run(watch(sys.argv[1]))
except KeyboardInterrupt:
    pass
