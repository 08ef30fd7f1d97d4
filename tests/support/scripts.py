"""Run scripts in separate processes."""

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
# Since 3.12 Python itself warns of a fork while threads run.
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
    """Run a script with warnings as errors, and with warnings about leaks."""
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
    # In this mode asyncio reports slow callbacks, such as the SDK's types.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
    done.stderr = "\n".join(said)
    return done


def begins(shape: str) -> ByteServer:
    return sending(HEAD + opening(shape) + text(shape, "So far"))


def python(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a new interpreter with warnings as errors."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PERPLEXITY", "PPLX"))}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env=keep | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
