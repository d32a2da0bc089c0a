"""A second opinion: fakes of the vendors' servers that others wrote, and a real model where it is installed, answer a real hub.

Run by `Scripts/test --fakes`. Usage: provider_fakes.py PATH-OF-AGENTHUB [PYTHON-OF-SCRIPTS/LOCAL-MODEL]
"""

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

DEADLINE = 30
# Where each dialect is spoken, by the agent's provider; the fake has them all, the real model two.
FAKES = {"openai": "/v1", "anthropic": "/anthropic", "gemini": "/gemini"}
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-sonnet-4", "gemini": "gemini-2.5-flash"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = {
    "openai": [{"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}}],
    "anthropic": [{"name": "get_weather", "input_schema": SCHEMA}],
    "gemini": [{"functionDeclarations": [{"name": "get_weather", "parametersJsonSchema": SCHEMA}]}],
}
# A fault of the fake, the code of the run's failure, and whether text came before it.
FAULTS = [
    ({"type": "fail", "status": 429, "retry_after": 0.1}, "HTTP 429", False),
    ({"type": "fail", "status": 401}, "HTTP 401", False),
    ({"type": "fail", "status": 500}, "HTTP 500", False),
    ({"type": "stream_fault", "kind": "truncate", "after_chunks": 4}, "provider_truncated", True),
    ({"type": "stream_fault", "kind": "malformed", "after_chunks": 4}, "provider_malformed", True),
]


def ask(url: str, body: dict | list | None = None, method: str | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        return json.load(answer)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def served(command: list[str], url: str, **options):
    """A server that runs until the end of the block, and answers at `url` from its beginning."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        end = time.monotonic() + DEADLINE
        while True:
            try:
                urllib.request.urlopen(url, timeout=DEADLINE).read()
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
                assert time.monotonic() < end, f"{command[0]} does not answer"
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(DEADLINE)


@contextlib.contextmanager
def hub(binary: str):
    """A hub on a free port with an empty database; gives its URL."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [binary, "serve", "--port", "0", "--database", str(pathlib.Path(folder, "hub.db")), "--log", "error"],
            stdout=subprocess.PIPE, cwd=folder, env=environment)
        try:
            line = process.stdout.readline()
            found = re.search(rb"http://[^\s,]+", line)
            assert found, f"the hub's first line has no URL: {line!r}"
            yield found[0].decode()
        finally:
            process.terminate()
            assert process.wait(DEADLINE) == 0


def make_agent(url: str, provider: str, base: str, model: str, **config) -> str:
    body = {"name": provider, "provider": provider, "model": model, "config": {"baseUrl": base, "apiKey": "key-1", **config}}
    return ask(f"{url}/api/agents", body)["id"]


def invoke(url: str, agent: str, text: str, conversation: str | None = None) -> tuple[dict, list[dict]]:
    """Lets an agent answer; gives its run as stored, and the conversation's events."""
    body = {"agentId": agent, "message": text, "background": True}
    if conversation:
        body["conversationId"] = conversation
    run = ask(f"{url}/api/invoke", body)["id"]
    end = time.monotonic() + DEADLINE
    while (state := ask(f"{url}/api/runs/{run}"))["status"] in ("queued", "running", "waiting"):
        assert time.monotonic() < end, f"the run does not end: {state}"
        time.sleep(0.02)
    return state, ask(f"{url}/api/conversations/{state['conversation']}/events?limit=500")["items"]


def shown(events: list[dict], run: dict) -> str:
    return "".join(e["text"] for e in events if e["type"] == "message.delta" and e["run"] == run["id"])


def completed(events: list[dict], run: dict) -> dict:
    return next(e for e in events if e["type"] == "message.completed" and e["run"] == run["id"])


def check_answer(url: str, provider: str, base: str, model: str, **config) -> str:
    # A server that the hub does not know is asked to count only where the agent says so.
    agent = make_agent(url, provider, base, model, streamUsage=True, **config)
    run, events = invoke(url, agent, "Say hello.")
    assert run["status"] == "completed", run
    assert shown(events, run) == completed(events, run)["text"] != "", events
    assert run["usage"]["outputTokens"] > 0, run
    return shown(events, run)


def check_tools(url: str, provider: str, base: str) -> None:
    """The fake calls a tool that is offered; the next turn must be one that it takes."""
    agent = make_agent(url, provider, base, MODELS[provider], providerOptions={"tools": TOOLS[provider]})
    run, events = invoke(url, agent, "What is the weather in Rome?")
    assert run["status"] == "completed", run
    end = completed(events, run)
    assert end["finish"] == "tool_calls", end
    calls = [part for part in end["parts"] if part["type"] == "tool_call"]
    assert [call["name"] for call in calls] == ["get_weather"], calls
    assert "city" in json.loads(calls[0]["arguments"]), calls
    again, events = invoke(url, agent, "And now?", run["conversation"])
    assert again["status"] == "completed", again


def check_faults(url: str, fake: str, provider: str, base: str) -> None:
    agent = make_agent(url, provider, base, MODELS[provider])
    for fault, expected, has_text in FAULTS:
        ask(f"{fake}/_llmock/scenario", {"behaviors": [{**fault, "times": None}]})
        run, events = invoke(url, agent, f"{provider} {expected}")
        ask(f"{fake}/_llmock/scenario", method="DELETE")
        assert run["status"] == "failed", (fault, run)
        assert expected in f"{run['error']['code']} {run['error']['message']}", (fault, run)
        assert bool(shown(events, run)) == has_text, (fault, events)


def check_fake(url: str) -> None:
    port = free_port()
    fake = f"http://127.0.0.1:{port}"
    command = [str(pathlib.Path(sys.executable).parent / "llmock"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    with served(command, f"{fake}/_llmock/verdict"):
        for provider, path in FAKES.items():
            text = check_answer(url, provider, fake + path, MODELS[provider])
            check_tools(url, provider, fake + path)
            check_faults(url, fake, provider, fake + path)
            print(f"llmock {provider}: {text!r}, a call of a tool, {len(FAULTS)} faults")


def check_model(url: str, python: str) -> None:
    port = free_port()
    model = f"http://127.0.0.1:{port}"
    script = pathlib.Path(__file__).parents[2] / "Scripts" / "local_model_server.py"
    with served([python, str(script), "--port", str(port)], f"{model}/health"):
        for provider, path in {"openai": "/v1", "anthropic": ""}.items():
            text = check_answer(url, provider, model + path, "smollm2", maxTokens=24)
            print(f"llama.cpp {provider}: {text!r}")


def main() -> None:
    with hub(os.path.abspath(sys.argv[1])) as url:
        check_fake(url)
        if len(sys.argv) > 2 and pathlib.Path(sys.argv[2]).exists():
            check_model(url, sys.argv[2])
        else:
            print("no local model is installed (Scripts/local-model): skipped")


main()
