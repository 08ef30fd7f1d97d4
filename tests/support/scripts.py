"""Scripts, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

from .byte_server import HEAD, ByteServer, opening, sending, text

SETUP = """
import multiprocessing, os, sys, threading, time, warnings
import pplx_widget as pplx
pplx.configure(base_url={url!r}, provider={provider})
# From 3.12 on Python itself warns of forking beside threads.
warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)

def ask():
    return pplx.ask("q", model="m")

def begun():
    answer = ask()
    while not answer.text:
        time.sleep(0.002)
    return answer
"""


def run(server: ByteServer, provider: object, code: str) -> subprocess.CompletedProcess[str]:
    """Run a script in which every warning is an error, and what leaks is said."""
    named = repr(provider) if isinstance(provider, str) else f"pplx.{provider!r}"
    setup = SETUP.format(url=server.base_url, provider=named)
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PERPLEXITY", "PPLX"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", setup + textwrap.dedent(code)],
        env=keep,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # asyncio says in this mode what took long: the SDK's types do.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    done.stderr = "\n".join(said)
    return done


def begins(shape: str) -> ByteServer:
    return sending(HEAD + opening(shape) + text(shape, "So far"))


def python(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a fresh interpreter in which warnings are errors."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PERPLEXITY", "PPLX"))}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env=keep | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
