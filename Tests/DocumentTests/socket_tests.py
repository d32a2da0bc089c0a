"""What real sockets say fits the AsyncAPI document. Part of `api_tests.py`."""

import asyncio
import json

import jsonschema
import websockets


def check_document(document):
    """All references lead somewhere, each message has an example that fits, and every message is sent by an operation."""
    references = list(all_references(document))
    for reference in references:
        place(document, reference)
    for name, message in document["components"]["messages"].items():
        for example in message["examples"]:
            validator(document, message["payload"]).validate(example["payload"])
        assert f"#/channels/socket/messages/{name}" in references, f"{name} belongs to no operation"


def all_references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from all_references(member)
    elif isinstance(value, list):
        for element in value:
            yield from all_references(element)


def place(document, reference):
    for step in reference.removeprefix("#/").split("/"):
        document = document[step]
    return document


def validator(document, schema):
    return jsonschema.Draft202012Validator(schema | {"components": document["components"]})


class Client:
    """A socket that holds every word against the document."""

    def __init__(self, socket, document):
        self.socket, self.document, self.number, self.seen, self.sent = socket, document, 0, {}, {}
        messages = document["components"]["messages"]
        self.validators = {name: validator(document, message["payload"]) for name, message in messages.items()}

    async def ask(self, command, is_refused=False, **members):
        self.number += 1
        order = {"id": self.number, "command": command} | members
        if not is_refused:
            self.validators[f"command.{command}"].validate(order)
        self.sent[self.number] = command
        await self.socket.send(json.dumps(order))
        return await self.until(lambda message: message.get("reply") == self.number)

    async def until(self, holds):
        while True:
            for line in (await asyncio.wait_for(self.socket.recv(), 20)).splitlines():
                message = json.loads(line)
                self.check(message)
                if holds(message):
                    return message

    def check(self, message):
        name = self.name(message)
        self.validators[name].validate(message)
        self.seen[name] = self.seen.get(name, 0) + 1

    def name(self, message):
        if "type" in message:
            return message["type"]
        if "ok" in message:
            return f"reply.{self.sent[message['reply']]}"
        return "refusal" if "error" in message else next(iter(message))


async def talk(url, document, agent):
    address = url.replace("http", "ws") + "/ws"
    async with websockets.connect(address, subprotocols=["agenthub.v1"]) as socket:
        client = Client(socket, document)
        ask = client.ask
        hello = await ask("hello", client="test/1", name="Ann", capabilities=["presence", "typing", "batches"])
        run = (await ask("invoke", agent=agent, message="Which tea is green?"))["ok"]
        await client.until(lambda message: message.get("type") == "run.completed" and message["run"] == run["run"])
        await ask("subscribe", conversation=run["conversation"])
        await client.until(lambda message: "live" in message)
        await ask("presence", conversation=run["conversation"])
        await ask("typing", conversation=run["conversation"], state=True)
        await client.until(lambda message: message.get("type") == "typing")
        await ask("replay", conversation=run["conversation"], pace=0)
        await client.until(lambda message: "replayed" in message)
        await ask("stop", run=run["run"])
        await ask("unsubscribe", conversation=run["conversation"])
        await ask("approve", run=run["run"], decision="approve")
        await ask("subscribe", is_refused=True, conversation=5)
        await ask("hello", resume={"epoch": hello["ok"]["epoch"], "offset": 0})
        await client.until(lambda message: "live" in message)
        await socket.send(json.dumps({"pong": {}}))
    async with websockets.connect(address, subprotocols=["agenthub.v1"]) as socket:
        second = Client(socket, document)
        await second.ask("hello", resume={"epoch": "another", "offset": 3})
        await second.until(lambda message: "snapshot" in message or "live" in message)
        for name, count in second.seen.items():
            client.seen[name] = client.seen.get(name, 0) + count
    return client.seen


def check_sockets(hub):
    document = hub.ask("GET", "/asyncapi.json")
    check_document(document)
    seen = asyncio.run(talk(hub.url, document, "demo"))
    print(f"valid: /asyncapi.json; {sum(seen.values())} frames of {len(seen)} kinds fit:", ", ".join(sorted(seen)))
    needed = {"live", "snapshot", "refusal", "presence", "typing", "replayed", "message.delta", "run.completed"}
    assert needed <= set(seen), f"these did not come: {needed - set(seen)}"
