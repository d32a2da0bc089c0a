"""What schemathesis needs to know of the hub that it tests: ids that are there, and what would only wait."""

import json
import os
import zlib

import jsonschema
import schemathesis

KNOWN = json.loads(os.environ["API_TEST_KNOWN"])


def chance(value, of):
    """The same for the same value, so that a seed repeats a run."""
    return zlib.crc32(repr(value).encode()) % of == 0


@schemathesis.hook
def map_path_parameters(context, parameters):
    """Random ids are never there: half of the requests get one that is."""
    if not parameters:
        return parameters
    for prefix, known in KNOWN.items():
        if context.operation.path.startswith(prefix):
            for name, value in known.items():
                if name in parameters and not chance(parameters[name], 2):
                    parameters[name] = value
            break
    return parameters


@schemathesis.hook
def map_query(context, query):
    """A replay takes as long as what it shows, and a page has its pace: here it is at once."""
    if query and context.operation.path.endswith("/replay") and isinstance(query.get("pace"), (int, float)):
        query["pace"] = 0
    return query


@schemathesis.hook
def map_body(context, body):
    """Messages for agents that are there."""
    if isinstance(body, dict):
        for name, value in KNOWN["bodies"].items():
            if isinstance(body.get(name), str) and not chance(body[name], 2):
                body[name] = value
    return body


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """What is no text becomes a line of JSON."""
    if isinstance(value, (str, bytes)):
        return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    return json.dumps(value).encode()


def fields(text):
    """The events of a stream; comments are none."""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        event = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if name:
                event[name] = event[name] + "\n" + value.removeprefix(" ") if name in event else value.removeprefix(" ")
        if "data" in event:
            yield event


@schemathesis.check
def stream_conformance(context, response, case):
    """What stands in the `data` of a stream's events fits one of the schemas that are told."""
    kind = response.headers.get("content-type", [""])[0]
    if response.status_code != 200 or not kind.startswith("text/event-stream"):
        return
    root = case.operation.schema.raw_schema
    content = case.operation.definition.raw["responses"]["200"]["content"]["text/event-stream"]["schema"]
    for event in fields(response.content.decode()):
        if event["data"] == "[DONE]":
            continue
        forms = [
            form["properties"]["data"]["contentSchema"] for form in content["anyOf"]
            if "contentSchema" in form["properties"]["data"] and form["properties"].get("event", {}).get("const", "message") == event.get("event", "message")
        ]
        validator = jsonschema.Draft202012Validator({"anyOf": forms, "components": root["components"]})
        for error in validator.iter_errors(json.loads(event["data"])):
            raise AssertionError(f"an event that is not described: {event}: {jsonschema.exceptions.best_match([error]).message}")
