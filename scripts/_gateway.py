"""Test against a real gateway: LiteLLM's proxy, in an environment of its own, with mock answers.

    python scripts/_gateway.py

Our own test servers only send the formats that we expect. LiteLLM is an independent server, with its
own streams, errors and refusals. After its installation nothing leaves the machine.
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import _environment
from _environment import ScriptError, say

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "Paris is the capital of France. It lies on the Seine."
# LiteLLM sends a mock answer three characters at a time, so this one lasts long enough to be stopped.
LONG = " ".join(map(str, range(3_000)))

START_SECONDS = 120
ANSWER_SECONDS = 30

pplx: Any = None  # imported later, inside the environment


def main() -> None:
    """Start the proxy and ask it with every provider."""
    global pplx  # noqa: PLW0603
    _environment.enter("dev")
    # This process may have started before the package was installed.
    sys.path.insert(0, str(_environment.ROOT))
    pplx = importlib.import_module("pplx_widget")
    programs = _environment.beside("litellm", "litellm[proxy]")
    with proxy(programs) as (base_url, key):
        pplx.configure(base_url=base_url, api_key=key)
        started = time.monotonic()
        for provider in ("chat", pplx.Raw(shape="chat")):
            complete(provider, "mock")
            failures(provider, {"limited": "rate-limited", "broken": "service-failed"})
            failures(provider, {"no-such-model": "request-rejected not-found"})
            stopped(provider)
            wrong_key(provider, key)
        # LiteLLM cannot stream a mock answer in the Agent API's format. It can convert a stream of chat
        # completions, here its own.
        for provider in ("agent", "raw"):
            complete(provider, "bridged")
            failures(provider, {"bridged-limited": "rate-limited"})
            failures(provider, {"no-such-model": "request-rejected not-found"})
            refused_preset(provider)
        say(f"LiteLLM {version(programs)} was understood, in {time.monotonic() - started:.1f} s")


# ---- the questions --------------------------------------------------------------------------------


def complete(provider: Any, model: str) -> None:
    """Ask for an answer that completes."""
    answer = ask(provider, model=model)
    expect(answer, "status", "complete")
    expect(answer, "text", TEXT)
    usage = answer.usage
    if not (usage and usage.input_tokens and usage.output_tokens):
        raise ScriptError(f"{shown(answer)}: no tokens were counted, but {usage}")
    if usage.total_tokens != usage.input_tokens + usage.output_tokens:
        raise ScriptError(f"{shown(answer)}: the total is not the sum in {usage}")
    if answer.unknown:
        raise ScriptError(f"{shown(answer)}: not understood: {answer.unknown}")


def failures(provider: Any, kinds: dict[str, str]) -> None:
    """Ask models that fail; each may fail with one of several kinds of error."""
    for model, kind in kinds.items():
        failed(ask(provider, model=model), kind)


def refused_preset(provider: Any) -> None:
    """Ask for a preset of the Agent API, which no gateway has."""
    failed(ask(provider, effort="low"), "request-rejected")


def wrong_key(provider: Any, right: str) -> None:
    """Ask with a key that the proxy does not know."""
    wrong = "sk-" + secrets.token_hex(16)
    pplx.configure(api_key=wrong)
    try:
        answer = ask(provider, model="mock")
    finally:
        pplx.configure(api_key=right)
    # Without a database of keys it rejects the request instead of the key.
    failed(answer, "key-rejected request-rejected")
    if wrong in str(answer.error):
        raise ScriptError(f"{shown(answer)}: the error shows the key")


def stopped(provider: Any) -> None:
    """Stop an answer in the middle of its stream, and ask again at once."""
    answer = pplx.ask("?", provider=provider, model="long")
    deadline = time.monotonic() + ANSWER_SECONDS
    while not answer.text:
        if answer.error or time.monotonic() > deadline:
            raise ScriptError(f"{shown(answer)}: no text arrived")
        time.sleep(0.01)
    answer.stop()
    answer.wait(ANSWER_SECONDS)
    expect(answer, "status", "stopped")
    if not LONG.startswith(answer.text) or answer.text == LONG:
        raise ScriptError(f"{shown(answer)}: not a beginning of what was sent")
    complete(provider, "mock")


def ask(provider: Any, **options: Any) -> Any:
    """Ask, wait for the end, and return the answer."""
    try:
        return pplx.ask("What is the capital of France?", provider=provider, **options).wait(
            ANSWER_SECONDS
        )
    except TimeoutError:
        raise ScriptError(f"{provider} {options}: no end after {ANSWER_SECONDS} s") from None


def failed(answer: Any, kinds: str) -> None:
    """Check that an answer failed with one of ``kinds``, which are separated by spaces."""
    expect(answer, "status", "failed")
    expect(answer, "text", "")
    if answer.error.kind not in kinds.split():
        raise ScriptError(f"{shown(answer)}: expected {kinds}, not {answer.error.kind}")


def expect(answer: Any, name: str, wanted: str) -> None:
    """Check one attribute of an answer."""
    if (got := getattr(answer, name)) != wanted:
        raise ScriptError(f"{shown(answer)}: its {name} should be {wanted!r}, not {got!r:.300}")


def shown(answer: Any) -> str:
    """Return an answer and its error in one line."""
    return f"{answer!r} {answer.error or ''}"


# ---- the proxy ------------------------------------------------------------------------------------


@contextmanager
def proxy(programs: Path) -> Iterator[tuple[str, str]]:
    """Run LiteLLM's proxy; yield its base URL and its key."""
    # LiteLLM needs to know its port in advance: its bridged models ask the proxy itself.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    base_url, key = f"http://127.0.0.1:{port}/v1", "sk-" + secrets.token_hex(16)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    with tempfile.TemporaryDirectory(prefix="pplx_widget-") as folder:
        config, log = Path(folder, "config.yaml"), Path(folder, "log")
        config.write_text(json.dumps(settings(base_url, key)))  # JSON is YAML
        environment = {
            **os.environ,
            "LITELLM_MASTER_KEY": key,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # or it downloads its list of prices
        }
        command = [str(programs / "litellm"), "--config", str(config), "--telemetry", "False"]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        started = time.monotonic()
        with (
            log.open("wb") as output,
            subprocess.Popen(
                command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
            ) as process,
        ):
            try:
                wait(process, port, log)
                say(f"LiteLLM's proxy was ready after {time.monotonic() - started:.1f} s")
                yield base_url, key
            finally:
                end(process)


def settings(base_url: str, key: str) -> dict[str, Any]:
    """Return the proxy's configuration: models with fixed answers."""
    mocks = {
        "mock": TEXT,
        "long": LONG,
        "limited": "litellm.RateLimitError",
        "broken": "litellm.InternalServerError",
    }
    models = {
        name: {"model": f"openai/{name}", "api_key": "none", "mock_response": said}
        for name, said in mocks.items()
    }
    for name, model in {"bridged": "mock", "bridged-limited": "limited"}.items():
        # LiteLLM knows that this service has chat completions only.
        models[name] = {"model": f"groq/{model}", "api_base": base_url, "api_key": key}
    return {
        "model_list": [
            {"model_name": name, "litellm_params": model} for name, model in models.items()
        ],
        "router_settings": {"num_retries": 0},
    }


def wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return once the proxy answers."""
    deadline = time.monotonic() + START_SECONDS
    while not ready(port):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-3000:]
            raise ScriptError(f"LiteLLM's proxy did not start. The end of its log:\n{said}")
        time.sleep(0.2)


def ready(port: int) -> bool:
    """Return whether the proxy reports that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/readiness")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(process: subprocess.Popen[bytes]) -> None:
    """Terminate the proxy, and kill it if it does not exit."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()


def version(programs: Path) -> str:
    """Return the version of LiteLLM."""
    code = "from importlib.metadata import version; print(version('litellm'))"
    command = [str(programs / "python"), "-c", code]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    _environment.run(main)
