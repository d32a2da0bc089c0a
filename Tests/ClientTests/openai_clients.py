"""The official `openai` client of Python, unchanged, talks to a real hub's front door; a scripted server stands for the hub's provider.

Run by `Scripts/test --clients`, once with the current client and once with one of the line 1.x.
Usage: openai_clients.py PATH-OF-AGENTHUB
"""

import asyncio
import contextlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import openai

DEADLINE = 30
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Upstream(http.server.BaseHTTPRequestHandler):
    """A provider that does what the model's name says."""

    protocol_version = "HTTP/1.1"
    asked: list[dict] = []
    left = threading.Event()

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Upstream.asked.append(body)
        if self.path.endswith("/embeddings"):
            vectors = [{"embedding": [0.25, -1.5, len(text)]} for text in body["input"]]
            return self.answer(200, {"data": vectors, "usage": {"prompt_tokens": 7, "total_tokens": 7}})
        return getattr(self, body["model"])(body)

    def answer(self, status: int, body: dict, **fields: str):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **fields}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def stream(self, *deltas: dict, finish: str | None = "stop"):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for delta in deltas:
            self.send({"choices": [{"index": 0, "delta": delta}]})
        if finish:
            usage = {
                "prompt_tokens": 12, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 2},
            }
            self.send({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
            self.send({"choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")

    def send(self, chunk: dict):
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def echo(self, body: dict):
        last = body["messages"][-1]["content"]
        self.stream({"content": "You said "}, {"content": last if isinstance(last, str) else "parts"}, {"content": " 🦙"})

    def weather(self, body: dict):
        last = body["messages"][-1]
        if last["role"] == "tool":
            return self.stream({"content": f"It is {last['content']}."})
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":'}}
        rest = {"index": 0, "function": {"arguments": ' "Rome"}'}}
        self.stream({"tool_calls": [call]}, {"tool_calls": [rest]}, finish="tool_calls")

    def thinker(self, _: dict):
        self.stream({"reasoning_content": "Hm. "}, {"reasoning_content": "Well."}, {"content": "Yes."}, finish="length")

    def refuser(self, _: dict):
        self.stream({"refusal": "I will not."})

    def limited(self, _: dict):
        self.answer(429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, Retry_After="7")

    def forbidden(self, _: dict):
        self.answer(401, {"error": {"message": "Incorrect API key provided."}})

    def cut(self, _: dict):
        self.stream({"content": "Half an ans"}, finish=None)

    def endless(self, _: dict):
        self.stream({"content": "One"}, finish=None)
        try:
            while True:
                self.send({"choices": [{"index": 0, "delta": {"content": " and on"}}]})
                time.sleep(0.02)
        except OSError:
            Upstream.left.set()


@contextlib.contextmanager
def hub(binary: str, upstream: str):
    """A hub on a free port with an empty database; gives its URL."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}
    environment |= {"OPENAI_BASE_URL": f"{upstream}/v1", "OPENAI_API_KEY": "sk-hub"}
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [binary, "serve", "--port", "0", "--database", str(pathlib.Path(folder, "hub.db")), "--log", "error",
             "--provider-patience", "0"],
            stdout=subprocess.PIPE, cwd=folder, env=environment)
        try:
            found = re.search(rb"http://[^\s,]+", process.stdout.readline())
            assert found, "the hub's first line has no URL"
            yield found[0].decode()
        finally:
            process.terminate()
            assert process.wait(DEADLINE) == 0


def ask(url: str, body: dict | None = None, method: str | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        return json.load(answer)


def make_agent(url: str, model: str, **config) -> str:
    body = {"name": f"The {model}", "provider": "openai", "model": model, "config": config}
    return ask(f"{url}/api/agents", body)["id"]


def said(text: str) -> list[dict]:
    return [{"role": "user", "content": text}]


def raised(kind: type, call, **arguments):
    try:
        result = call(**arguments)
        if arguments.get("stream"):
            list(result)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


# MARK: What the client must find


def check_models(client: openai.OpenAI, url: str, agents: dict[str, str]) -> None:
    listed = {model.id: model for model in client.models.list()}
    assert set(agents.values()) <= set(listed), listed
    echo = listed[agents["echo"]]
    assert (echo.object, echo.owned_by) == ("model", "agenthub") and abs(echo.created - time.time()) < 600, echo
    assert client.models.retrieve(agents["echo"]).id == agents["echo"]
    assert client.models.retrieve("The echo").id == agents["echo"]
    assert raised(openai.NotFoundError, client.models.retrieve, model="nobody").code == "model_not_found"
    ask(f"{url}/api/agents/{agents['limited']}/pause", {}, "POST")
    assert agents["limited"] not in {model.id for model in client.models.list()}
    error = raised(openai.NotFoundError, client.chat.completions.create, model=agents["limited"], messages=said("hi"))
    assert error.code == "model_not_found" and "paused" in error.message, error
    ask(f"{url}/api/agents/{agents['limited']}/resume", {}, "POST")


def check_whole(client: openai.OpenAI, url: str, agents: dict[str, str]) -> None:
    answer = client.chat.completions.create(
        model=agents["echo"], temperature=0.5, max_tokens=50, stop=["END"], seed=3, user="u1",
        messages=[
            {"role": "system", "content": "Be kind."}, {"role": "user", "content": "Who?"},
            {"role": "assistant", "content": "Ada."}, {"role": "user", "content": "hello"},
        ])
    choice = answer.choices[0]
    assert choice.message.content == "You said hello 🦙" and choice.message.role == "assistant", answer
    assert choice.finish_reason == "stop" and choice.message.tool_calls is None and choice.message.refusal is None, answer
    assert answer.id.startswith("chatcmpl-") and answer.model == agents["echo"] and answer.object == "chat.completion"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (12, 5, 17), answer
    assert answer.usage.prompt_tokens_details.cached_tokens == 4, answer.usage
    assert answer.usage.completion_tokens_details.reasoning_tokens == 2, answer.usage
    request = Upstream.asked[-1]
    assert [(m["role"], m["content"]) for m in request["messages"]] == [
        ("system", "Be brief.\n\nBe kind."), ("user", "Who?"), ("assistant", "Ada."), ("user", "hello")], request
    assert request["temperature"] == 0.5 and request["stop"] == ["END"] and request["seed"] == 3, request
    stored = ask(f"{url}/api/conversations/{answer.conversation}/messages")["items"]
    assert [(m["role"], m["text"]) for m in stored] == [
        ("user", "Who?"), ("agent", "Ada."), ("user", "hello"), ("agent", "You said hello 🦙")], stored
    # The conversation goes on where it is; what the caller repeats of it is not stored twice.
    again = client.chat.completions.create(
        model="The echo", messages=said("ignored") + said("and now?"), metadata={"conversation": answer.conversation})
    assert again.choices[0].message.content == "You said and now? 🦙", again
    assert len(Upstream.asked[-1]["messages"]) == 6, Upstream.asked[-1]
    assert again.conversation == answer.conversation
    extra = client.chat.completions.create(
        model="The echo", messages=said("once more"), extra_body={"conversation": answer.conversation})
    assert extra.conversation == answer.conversation and len(Upstream.asked[-1]["messages"]) == 8


def check_pictures(client: openai.OpenAI, agents: dict[str, str]) -> None:
    url = "data:image/png;base64,iVBORw0KGgo="
    parts = [
        {"type": "text", "text": "First:"}, {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
        {"type": "text", "text": "What is it?"},
    ]
    answer = client.chat.completions.create(model=agents["echo"], messages=[{"role": "user", "content": parts}])
    assert answer.choices[0].message.content == "You said parts 🦙", answer
    assert [p["type"] for p in Upstream.asked[-1]["messages"][-1]["content"]] == ["text", "image_url", "text"]


def gather(chunks: list) -> str:
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


def check_stream(client: openai.OpenAI, agents: dict[str, str]) -> None:
    with client.chat.completions.with_streaming_response.create(
        model=agents["echo"], messages=said("hello"), stream=True
    ) as response:
        lines = [line for line in response.iter_lines() if line]
        assert lines[-1] == "data: [DONE]" and all(line.startswith(("data: ", ":")) for line in lines), lines
        assert response.headers["x-request-id"] and response.headers["x-conversation-id"]
    chunks = list(
        client.chat.completions.create(
            model=agents["echo"], messages=said("hello"), stream=True, stream_options={"include_usage": True}))
    assert gather(chunks) == "You said hello 🦙", chunks
    assert chunks[0].choices[0].delta.role == "assistant" and chunks[0].conversation
    assert len({chunk.id for chunk in chunks}) == 1 and chunks[0].id.startswith("chatcmpl-")
    assert all(chunk.object == "chat.completion.chunk" and chunk.model == agents["echo"] for chunk in chunks)
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 17, chunks[-1]
    assert all(chunk.usage is None for chunk in chunks[:-1])


def check_helper(client: openai.OpenAI, agents: dict[str, str]) -> None:
    """The client's own accumulator reads the stream to a whole completion."""
    home = client.chat.completions if hasattr(client.chat.completions, "stream") else client.beta.chat.completions
    with home.stream(model=agents["weather"], messages=said("Rome?"), tools=[WEATHER]) as stream:
        whole = stream.get_final_completion()
    assert whole.choices[0].finish_reason == "tool_calls", whole
    assert whole.choices[0].message.tool_calls[0].function.arguments == '{"city": "Rome"}', whole


def check_tools(client: openai.OpenAI, agents: dict[str, str]) -> None:
    messages = said("What is the weather in Rome?")
    answer = client.chat.completions.create(
        model=agents["weather"], messages=messages, tools=[WEATHER], tool_choice="auto", parallel_tool_calls=False)
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None, answer
    (call,) = choice.message.tool_calls
    assert (call.id, call.type, call.function.name) == ("call_1", "function", "get_weather"), call
    assert json.loads(call.function.arguments) == {"city": "Rome"}
    assert Upstream.asked[-1]["parallel_tool_calls"] is False and Upstream.asked[-1]["tool_choice"] == "auto"
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    messages += [choice.message.model_dump(exclude_none=True), result]
    done = client.chat.completions.create(model=agents["weather"], messages=messages, tools=[WEATHER])
    assert done.choices[0].message.content == "It is sunny." and done.choices[0].finish_reason == "stop", done
    # The same in the stored conversation, where the result alone is enough.
    stored = client.chat.completions.create(
        model=agents["weather"], messages=[result], tools=[WEATHER], metadata={"conversation": answer.conversation})
    assert stored.choices[0].message.content == "It is sunny.", stored
    chunks = list(
        client.chat.completions.create(model=agents["weather"], messages=said("Rome?"), tools=[WEATHER], stream=True))
    calls = [call for c in chunks if c.choices for call in c.choices[0].delta.tool_calls or []]
    assert [(c.index, c.id, c.function.name) for c in calls] == [(0, "call_1", "get_weather")], calls
    assert "".join(c.function.arguments for c in calls) == '{"city": "Rome"}', calls
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def check_reasoning(client: openai.OpenAI, agents: dict[str, str]) -> None:
    answer = client.chat.completions.create(model=agents["thinker"], messages=said("Is it?"))
    assert answer.choices[0].message.reasoning_content == "Hm. Well." and answer.choices[0].finish_reason == "length", answer
    chunks = list(client.chat.completions.create(model=agents["thinker"], messages=said("Is it?"), stream=True))
    thoughts = [getattr(c.choices[0].delta, "reasoning_content", None) or "" for c in chunks]
    assert "".join(thoughts) == "Hm. Well." and gather(chunks) == "Yes.", chunks
    refused = client.chat.completions.create(model=agents["refuser"], messages=said("Do it!")).choices[0]
    assert refused.message.refusal == "I will not." and refused.message.content is None, refused
    assert refused.finish_reason == "stop"


def check_errors(client: openai.OpenAI, agents: dict[str, str]) -> None:
    create = client.chat.completions.create
    error = raised(openai.BadRequestError, create, model=agents["echo"], messages=said("hi"), n=2)
    assert (error.code, error.param, error.type) == ("unsupported_value", "n", "invalid_request_error"), error
    error = raised(openai.BadRequestError, create, model=agents["echo"], messages=said("hi"), temperature=3)
    assert error.param == "temperature", error
    error = raised(openai.NotFoundError, create, model="nobody", messages=said("hi"))
    assert error.code == "model_not_found" and error.param == "model", error
    error = raised(
        openai.NotFoundError, create, model=agents["echo"], messages=said("hi"), metadata={"conversation": "none"})
    assert error.code == "conversation_not_found", error
    for stream in (False, True):
        # A failure before the first word has a status, so that the client knows what to do.
        error = raised(openai.RateLimitError, create, model=agents["limited"], messages=said("hi"), stream=stream)
        assert error.code == "rate_limit_exceeded" and error.response.headers["retry-after"] == "7", error.response.headers
        assert error.response.headers["x-should-retry"] == "true"
        # The hub's own key is wrong: that is no fault of the caller's, and no reason to try again.
        count = len(Upstream.asked)
        error = raised(
            openai.InternalServerError, client.with_options(max_retries=2).chat.completions.create,
            model=agents["forbidden"], messages=said("hi"), stream=stream)
        assert error.status_code in (502, 503) and error.response.headers["x-should-retry"] == "false", error
        assert len(Upstream.asked) <= count + 1, "the client tried again"
    texts = []
    try:
        for chunk in create(model=agents["cut"], messages=said("hi"), stream=True):
            texts.append(chunk.choices[0].delta.content or "")
        raise AssertionError("no error amid the stream")
    except openai.APIError as error:
        assert "".join(texts) == "Half an ans" and error.code == "provider_truncated", (texts, error)
    assert "/v1" in str(raised(openai.NotFoundError, client.post, path="/nothing", cast_to=object).message)


def check_idempotency(client: openai.OpenAI, agents: dict[str, str]) -> None:
    key = {"Idempotency-Key": f"k-{openai.VERSION}"}
    first = client.chat.completions.create(model=agents["echo"], messages=said("hi"), extra_headers=key)
    second = client.chat.completions.create(model=agents["echo"], messages=said("hi"), extra_headers=key)
    streamed = client.chat.completions.create(model=agents["echo"], messages=said("hi"), extra_headers=key, stream=True)
    chunks = list(streamed)
    assert first.id == second.id == chunks[0].id and gather(chunks) == first.choices[0].message.content


def check_leaving(client: openai.OpenAI, url: str, agents: dict[str, str]) -> None:
    stream = client.chat.completions.create(model=agents["endless"], messages=said("go"), stream=True)
    first = next(iter(stream))
    stream.close()
    run = first.id.removeprefix("chatcmpl-")
    end = time.monotonic() + DEADLINE
    while ask(f"{url}/api/runs/{run}")["status"] != "stopped":
        assert time.monotonic() < end, "the run goes on without its reader"
        time.sleep(0.02)
    assert Upstream.left.wait(DEADLINE), "the provider's answer was not ended"


def check_embeddings(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="text-embedding-3-small", input=["one", "three"])
    assert [e.embedding for e in answer.data] == [[0.25, -1.5, 3.0], [0.25, -1.5, 5.0]], answer
    assert answer.usage.prompt_tokens == 7 and [e.index for e in answer.data] == [0, 1]
    plain = client.embeddings.create(model="openai/m", input="one", encoding_format="float", dimensions=3)
    assert plain.data[0].embedding == [0.25, -1.5, 3.0] and Upstream.asked[-1]["dimensions"] == 3
    error = raised(openai.BadRequestError, client.embeddings.create, model="m", input=[1, 2, 3])
    assert error.param == "input", error


async def check_async(url: str, agents: dict[str, str]) -> None:
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="anything", timeout=DEADLINE, max_retries=0) as client:
        async def one(number: int) -> None:
            stream = await client.chat.completions.create(
                model=agents["echo"], messages=said(f"hello {number}"), stream=True)
            chunks = [chunk async for chunk in stream]
            assert gather(chunks) == f"You said hello {number} 🦙", chunks

        await asyncio.gather(*(one(number) for number in range(20)))
        answer = await client.chat.completions.create(model=agents["weather"], messages=said("Rome?"), tools=[WEATHER])
        assert answer.choices[0].message.tool_calls[0].function.name == "get_weather", answer
        try:
            await client.chat.completions.create(model=agents["limited"], messages=said("hi"), stream=True)
            raise AssertionError("no error")
        except openai.RateLimitError as error:
            assert error.code == "rate_limit_exceeded", error
        vectors = await client.embeddings.create(model="m", input="one")
        assert vectors.data[0].embedding == [0.25, -1.5, 3.0], vectors
        listed = [model.id async for model in client.models.list()]
        assert agents["echo"] in listed


def main(binary: str) -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with hub(binary, f"http://127.0.0.1:{server.server_port}") as url:
        agents = {name: make_agent(url, name) for name in ["weather", "thinker", "refuser", "cut", "endless"]}
        # Their keys come to rest, which must not rest the others'.
        own = {"baseUrl": f"http://127.0.0.1:{server.server_port}/v1"}
        agents |= {name: make_agent(url, name, apiKey=f"sk-{name}", **own) for name in ["limited", "forbidden"]}
        agents["echo"] = make_agent(url, "echo", systemPrompt="Be brief.")
        with openai.OpenAI(base_url=f"{url}/v1", api_key="anything", timeout=DEADLINE, max_retries=0) as client:
            check_models(client, url, agents)
            check_whole(client, url, agents)
            check_pictures(client, agents)
            check_stream(client, agents)
            check_helper(client, agents)
            check_tools(client, agents)
            check_reasoning(client, agents)
            check_idempotency(client, agents)
            check_leaving(client, url, agents)
            check_embeddings(client)
            asyncio.run(check_async(url, agents))
            check_errors(client, agents)
    print(f"openai {openai.VERSION}: whole, streamed, tools, errors, embeddings, sync and async agree with the hub")


if __name__ == "__main__":
    main(sys.argv[1])
