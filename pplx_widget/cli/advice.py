"""Errors as the command line says them: a shell has no ``pplx.configure``."""

from __future__ import annotations

import os
import re

from ..core.errors import KEYS_PAGE, KeyRejected, MissingKey, PplxError

_CALL = re.compile(r"(?:call\s+)?`pplx\.configure\(([^`]*)\)`")
_ARGUMENT = re.compile(r"(\w+)=(?:\"([^\"]*)\"|([^,\s]+))")
_VARIABLES = {"api_key": "PERPLEXITY_API_KEY", "base_url": "PERPLEXITY_BASE_URL"}
_NO_KEY_NEEDED = "http://127.0.0.1:8911/v1"


def in_shell(error: PplxError) -> str:
    """Return the sentences of an error, with shell commands in the place of calls in Python."""
    advice = _CALL.sub(_command, error.try_this)
    if isinstance(error, MissingKey | KeyRejected) and KEYS_PAGE in f"{error.why} {advice}":
        advice = _of_key(error)
    told = PplxError(error.what, error.why, advice)
    return str(told)


def _of_key(error: PplxError) -> str:
    key = _assigned("PERPLEXITY_API_KEY", "…")
    stored = "or store it with `keyring set pplx_widget PERPLEXITY_API_KEY`"
    if isinstance(error, KeyRejected):
        return f"Check your keys and your balance at {KEYS_PAGE}. Set another key: {key}, {stored}."
    server = _assigned("PERPLEXITY_BASE_URL", _NO_KEY_NEEDED)
    return (
        f"Set it in this shell: {key}, {stored}. To try it without a key, run `pplx-widget serve` in "
        f"another terminal, and {server} here: scripted samples, offline."
    )


def _command(call: re.Match[str]) -> str:
    """Return the shell's form of a call of `configure`."""
    given = {name: text or bare for name, text, bare in _ARGUMENT.findall(call[1])}
    said = [
        _assigned(_VARIABLES[name], value) if name in _VARIABLES else f"`--{name} {value}`"
        for name, value in given.items()
    ]
    return " and ".join(said)


def _assigned(name: str, value: str) -> str:
    if os.name == "nt":
        return f'`$env:{name} = "{value}"`'
    return f"`export {name}={value}`"
