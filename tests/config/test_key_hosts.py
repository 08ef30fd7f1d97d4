"""A key belongs to hosts: its origin, the base URL and the order of calls decide if it is sent."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pplx_widget as pplx
from pplx_widget import config
from pplx_widget.cli import doctor
from pplx_widget.cli.doctor import network
from pplx_widget.config import credentials
from pplx_widget.config.base_url import check_base_url, is_loopback, is_perplexity, origin

from ..conftest import SETTINGS

KEY = "pplx-Zq7correcthorsebattery00staple11"
OTHER = "class-of-november"

PERPLEXITY = "https://api.perplexity.ai/v1"
GATEWAY = "https://gateway.example.edu/v1"
SECOND = "https://other.example.org/v1"
LAN = "http://gpu.lan:8000/v1"
HERE = "http://127.0.0.1:8911/v1"

Step = tuple[str, str]


@pytest.fixture
def take(monkeypatch: pytest.MonkeyPatch) -> Callable[[Step], None]:
    """Take a step: set a variable, fill a key store, or call `configure`."""

    def step(named: Step) -> None:
        how, value = named
        match how:
            case "env key":
                monkeypatch.setenv("PERPLEXITY_API_KEY", value)
            case "env key of the other name":
                monkeypatch.setenv("PPLX_API_KEY", value)
            case "env url":
                monkeypatch.setenv("PERPLEXITY_BASE_URL", value)
            case "keyring":
                monkeypatch.setattr(credentials, "_keyring_key", lambda: value)
            case "colab":
                monkeypatch.setattr(credentials, "_colab_key", lambda: value)
            case "key":
                pplx.configure(api_key=value)
            case "url":
                pplx.configure(base_url=value)
            case "both":
                pplx.configure(api_key=KEY, base_url=value)
            case _:
                pytest.fail(how)

    return step


def steps(*named: str) -> tuple[Step, ...]:
    """Return steps from words such as ``"env key"`` and ``"url https://…"``."""
    made = []
    for one in named:
        how, _, value = one.rpartition(" ") if "://" in one else (one, "", KEY)
        made.append((how, value))
    return tuple(made)


# The steps, and whether the server then gets the key: yes, no (it is asked without a key), or the host
# that the error has to name.
TABLE: list[tuple[tuple[Step, ...], str]] = [
    # A key of the environment belongs to Perplexity's hosts and to the environment's base URL.
    (steps("env key"), "yes"),
    (steps("env key of the other name"), "yes"),
    (steps("env key", f"url {PERPLEXITY}"), "yes"),
    (steps("env key", "url http://api.perplexity.ai"), "yes"),
    (steps("env key", "url https://eu.api.perplexity.ai/v1"), "yes"),
    (steps("env key", f"url {GATEWAY}"), "api.perplexity.ai"),
    (steps(f"url {GATEWAY}", "env key"), "api.perplexity.ai"),
    (steps("env key of the other name", f"url {GATEWAY}"), "api.perplexity.ai"),
    (steps("env key", f"url {LAN}"), "api.perplexity.ai"),
    (steps("env key", f"url {HERE}"), "no"),
    (steps("env key", f"env url {GATEWAY}"), "yes"),
    (steps(f"env url {GATEWAY}", "env key of the other name"), "yes"),
    (steps("env key", f"env url {HERE}"), "yes"),
    (steps("env key", f"env url {LAN}"), "gpu.lan"),
    (steps("env key", f"env url {GATEWAY}", f"url {GATEWAY}"), "yes"),
    (steps("env key", f"env url {GATEWAY}", "url https://GATEWAY.example.edu:443/v2"), "yes"),
    (steps("env key", f"env url {GATEWAY}", f"url {PERPLEXITY}"), "yes"),
    (steps("env key", f"env url {GATEWAY}", f"url {SECOND}"), "gateway.example.edu"),
    (steps("env key", f"env url {HERE}", "url http://127.0.0.1:8912/v1"), "no"),
    (steps("env key", "url http://sub.perplexity.ai/v1"), "api.perplexity.ai"),
    (steps("env key", "url https://perplexity.ai.example.org/v1"), "api.perplexity.ai"),
    (steps("env key", "url https://notperplexity.ai/v1"), "api.perplexity.ai"),
    (steps("env key", "url https://sub.perplexity.ai:8443/v1"), "api.perplexity.ai"),
    # A key of Colab's secrets or a keyring belongs only to Perplexity's hosts.
    (steps("keyring"), "yes"),
    (steps("colab"), "yes"),
    (steps("keyring", f"url {GATEWAY}"), "gateway.example.edu"),
    (steps("keyring", f"env url {GATEWAY}"), "gateway.example.edu"),
    (steps("colab", f"env url {GATEWAY}"), "gateway.example.edu"),
    (steps("colab", f"env url {HERE}"), "no"),
    (steps("keyring", f"env url {PERPLEXITY}"), "yes"),
    # A key of `configure` belongs to the base URL of the same call, ...
    (steps(f"both {GATEWAY}"), "yes"),
    (steps(f"both {HERE}"), "yes"),
    (steps(f"both {PERPLEXITY}"), "yes"),
    (steps(f"both {LAN}"), "gpu.lan"),
    (steps(f"both {GATEWAY}", f"url {SECOND}"), "gateway.example.edu"),
    (steps(f"both {GATEWAY}", f"url {PERPLEXITY}"), "gateway.example.edu"),
    (steps(f"both {GATEWAY}", f"url {HERE}"), "no"),
    (steps(f"both {GATEWAY}", f"url {SECOND}", f"url {GATEWAY}"), "yes"),
    (steps(f"both {PERPLEXITY}", f"url {GATEWAY}"), "api.perplexity.ai"),
    (steps(f"both {HERE}", "url http://127.0.0.1:8912/v1"), "no"),
    (steps(f"both {HERE}", "url http://localhost:8911/v1"), "no"),
    # ... or to the one set before, ...
    (steps(f"url {GATEWAY}", "key"), "yes"),
    (steps(f"url {HERE}", "key"), "yes"),
    (steps(f"url {LAN}", "key"), "gpu.lan"),
    (steps(f"url {GATEWAY}", "key", f"url {SECOND}"), "gateway.example.edu"),
    (steps(f"env url {GATEWAY}", "key"), "yes"),
    (steps(f"env url {GATEWAY}", "key", f"url {SECOND}"), "gateway.example.edu"),
    (steps(f"env url {GATEWAY}", "key", f"url {PERPLEXITY}"), "gateway.example.edu"),
    # ... or else to Perplexity's hosts and the next base URL.
    (steps("key"), "yes"),
    (steps("key", f"url {GATEWAY}"), "yes"),
    (steps("key", f"url {HERE}"), "yes"),
    (steps("key", f"url {LAN}"), "gpu.lan"),
    (steps("key", f"env url {GATEWAY}"), "yes"),
    (steps("key", f"env url {GATEWAY}", f"url {SECOND}"), "gateway.example.edu"),
    (steps("key", f"url {GATEWAY}", f"url {PERPLEXITY}"), "yes"),
    (steps("key", f"url {GATEWAY}", f"url {SECOND}"), "gateway.example.edu"),
    (steps("key", f"url {PERPLEXITY}", f"url {GATEWAY}"), "api.perplexity.ai"),
    (steps("key", f"url {HERE}", f"url {GATEWAY}"), "127.0.0.1:8911"),
    # No key at all.
    (steps(f"url {GATEWAY}"), "gateway.example.edu"),
    (steps(f"url {LAN}"), "gpu.lan"),
    (steps(f"url {HERE}"), "no"),
    # The first key that belongs to the server is used.
    (steps(f"both {GATEWAY}", f"url {PERPLEXITY}", "env key"), "yes"),
    (steps(f"both {GATEWAY}", f"url {PERPLEXITY}", "keyring"), "yes"),
]


def _named(taken: tuple[Step, ...]) -> str:
    return " > ".join(how if value == KEY else f"{how} {value}" for how, value in taken)


@pytest.mark.parametrize(("taken", "sent"), TABLE, ids=[_named(taken) for taken, _ in TABLE])
def test_where_a_key_goes(take: Callable[[Step], None], taken: tuple[Step, ...], sent: str) -> None:
    for step in taken:
        take(step)
    where = config.connection()
    assert (where.key is not None) == (sent == "yes")
    assert where.needs_key == (sent not in ("yes", "no"))
    if where.key is not None:
        assert where.key.reveal() == KEY
        assert not where.base_url.startswith("http:") or is_loopback(where.base_url)
    if where.needs_key:
        answer = pplx.ask("q").wait(10)
        error = answer.error
        assert isinstance(error, pplx.MissingKey)
        assert sent in str(error)
        assert 'pplx.configure(api_key="…", base_url="https://' in str(error)
        assert KEY not in str(error)


def test_whatever_asks_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    pplx.configure(base_url=GATEWAY)
    race = pplx.race("q").wait(10)
    said = [race.whole.error, race.streamed.error, pplx.resume("resp_1").wait(10).error]
    for ask in (lambda: pplx.complete("q"), lambda: list(pplx.stream("q"))):
        with pytest.raises(pplx.MissingKey) as raised:
            ask()
        said.append(raised.value)
    assert {str(error) for error in said} == {str(config.connection().missing_key())}


def test_the_call_that_an_error_names_mends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    pplx.configure(base_url=GATEWAY)
    error = str(config.connection().missing_key())
    call = f'pplx.configure(api_key="…", base_url="{GATEWAY}")'
    assert call in error
    assert "environment variable PERPLEXITY_API_KEY" in error
    exec(call.replace("…", OTHER), {"pplx": pplx})  # noqa: S102 (a user would paste this)
    found = config.connection()
    assert (found.key and found.key.reveal(), found.key_from) == (OTHER, "configure")


def test_a_key_that_would_be_read_on_the_way_is_said_to_be() -> None:
    pplx.configure(api_key=KEY, base_url=LAN)
    error = str(config.connection().missing_key())
    assert "http:// would expose it" in error
    assert 'base_url="https://gpu.lan:8000/v1"' in error
    assert "ssh -L 8000:localhost:8000 gpu.lan" in error


def test_nor_does_it_go_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy can read every http:// request, even one to this machine."""
    pplx.configure(api_key=KEY, base_url=HERE)
    assert config.connection().key
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    assert (config.connection().key, config.connection().needs_key) == (None, True)
    assert "NO_PROXY=127.0.0.1" in str(config.connection().missing_key())
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    assert config.connection().key
    pplx.configure(api_key=KEY, base_url=GATEWAY)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert config.connection().key  # through a TLS tunnel, which the proxy cannot read


# ---- comparing servers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://Gateway.Example.EDU/v1", "https://gateway.example.edu"),
        ("HTTPS://gateway.example.edu:443/other", "https://gateway.example.edu"),
        ("https://gateway.example.edu./v1", "https://gateway.example.edu"),
        ("https://gateway.example.edu:/v1", "https://gateway.example.edu"),
        ("https://gateway.example.edu:8443/v1", "https://gateway.example.edu:8443"),
        ("http://gateway.example.edu/v1", "http://gateway.example.edu"),
        ("http://[::1]:8000/v1", "http://[::1]:8000"),
        ("http://[0:0:0:0:0:0:0:1]:8000/v1", "http://[::1]:8000"),
        ("https://bücher.example/v1", "https://xn--bcher-kva.example"),
        ("https://BÜCHER.example/v1", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example/v1", "https://xn--bcher-kva.example"),
        ("https://straße.example/v1", "https://xn--strae-oqa.example"),  # not "strasse"
    ],
)
def test_origins(url: str, server: str) -> None:
    assert origin(check_base_url(url)) == server


@pytest.mark.parametrize(
    "url",
    [
        "https://api.perplexity.ai\\.evil.example/v1",
        "https://evil.example\\.perplexity.ai/v1",
        "https://evil.example%2f.perplexity.ai/v1",
        "https://api.perplex\nity.ai/v1",
        "https://evil.example\t.perplexity.ai/v1",
        "https://evil.example .perplexity.ai/v1",
        "https://evil.example@api.perplexity.ai/v1",
        "https://api.perplexity.ai@evil.example/v1",
        "https://api\u3002perplexity\u3002ai/v1",
        "https://\u200bapi.perplexity.ai/v1",
        "https://[::1/v1",
        "https://a..b.example\u00fc/v1",
    ],
)
def test_what_two_programs_may_read_in_two_ways_is_no_base_url(url: str) -> None:
    with pytest.raises(pplx.InvalidRequest):
        pplx.configure(api_key=KEY, base_url=url)
    assert config.settings() == config.Settings()


@pytest.mark.parametrize(
    ("url", "theirs"),
    [
        ("https://api.perplexity.ai./chat/completions", True),
        ("http://API.perplexity.ai:80", True),
        ("https://perplexity.ai/v1", True),
        ("https://a.b.perplexity.ai/v1", True),
        ("http://a.perplexity.ai/v1", False),
        ("https://xperplexity.ai/v1", False),
        ("https://perplexity.ai.example.org/v1", False),
        ("https://perplexity.ai.:443/v1", True),
        (
            "https://\u0430pi.perplexity.ai/v1",
            True,
        ),  # odd, but a subdomain of perplexity.ai
        ("https://api.perplexit\u0443.ai/v1", False),
    ],
)
def test_perplexitys_hosts(url: str, theirs: bool) -> None:  # noqa: FBT001
    assert is_perplexity(check_base_url(url)) is theirs


# ---- over real connections --------------------------------------------------------------------------


class Listener(http.server.ThreadingHTTPServer):
    """A server that keeps the headers of each request and, if ``onward`` is set, redirects there."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[str] = []
        self.onward = ""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.heard.append(str(self.headers))
        content = json.dumps({"error": {"message": "no", "code": 404}}).encode()
        self.send_response(307 if self.server.onward else 404)
        if self.server.onward:
            self.send_header("Location", self.server.onward + self.path.removeprefix("/v1"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 (the library calls this name)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def listeners() -> Iterator[tuple[Listener, Listener]]:
    made = (Listener(), Listener())
    for listener in made:
        threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    for listener in made:
        listener.shutdown()
        listener.server_close()


def _fails(ask: Callable[[], Any]) -> None:
    with pytest.raises(pplx.PplxError):
        ask()


DOORS: dict[str, Callable[[], Any]] = {
    "agent": lambda: pplx.ask("q").wait(30),
    "raw": lambda: pplx.ask("q", provider="raw").wait(30),
    "chat": lambda: pplx.ask("q", provider="chat", model="m").wait(30),
    "Raw(chat)": lambda: pplx.ask("q", provider=pplx.Raw("chat"), model="m").wait(30),
    "stream": lambda: _fails(lambda: list(pplx.stream("q"))),
    "complete": lambda: _fails(lambda: pplx.complete("q")),
    "resume": lambda: pplx.resume("resp_1").wait(30),
    "models": lambda: _fails(pplx.models),
    "race": lambda: pplx.race("q").wait(30),
    "doctor": network.api,
}


@pytest.mark.parametrize("door", DOORS)
def test_every_door_keeps_to_it(
    listeners: tuple[Listener, Listener], monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    first, second = listeners
    ask = DOORS[door]
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    # A base URL in the call: the environment's key is not sent.
    pplx.configure(base_url=first.base_url)
    ask()
    assert first.heard
    assert KEY not in "".join(first.heard)
    # A base URL in the environment: it gets the environment's key.
    monkeypatch.setattr(SETTINGS, "_settings", config.Settings())
    monkeypatch.setenv("PERPLEXITY_BASE_URL", first.base_url)
    ask()
    assert KEY in first.heard[-1]
    # A key of `configure` wins, and is not sent to a second server.
    pplx.configure(api_key=OTHER)
    ask()
    assert f"Bearer {OTHER}" in first.heard[-1]
    pplx.configure(base_url=second.base_url)
    ask()
    assert second.heard
    assert OTHER not in "".join(second.heard)
    assert KEY not in "".join(second.heard)
    pplx.configure(api_key=OTHER, base_url=second.base_url)
    ask()
    assert f"Bearer {OTHER}" in second.heard[-1]


@pytest.mark.parametrize("door", DOORS)
def test_a_redirect_takes_no_key_along(listeners: tuple[Listener, Listener], door: str) -> None:
    first, second = listeners
    first.onward = second.base_url
    pplx.configure(api_key=KEY, base_url=first.base_url)
    DOORS[door]()
    assert KEY in first.heard[0]
    assert KEY not in "".join(second.heard)


@pytest.mark.parametrize("door", DOORS)
def test_what_the_environment_has_for_openai_goes_nowhere_else(
    listeners: tuple[Listener, Listener], monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    theirs = {
        "OPENAI_API_KEY": "sk-theirs-1",
        "OPENAI_ADMIN_KEY": "sk-theirs-2",
        "OPENAI_ORG_ID": "theirs-3",
        "OPENAI_PROJECT_ID": "theirs-4",
        "OPENAI_BASE_URL": "https://theirs-5.example",
        "OPENAI_CUSTOM_HEADERS": "authorization: Bearer theirs-6\nX-Secret: theirs-7",
    }
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    first, _ = listeners
    pplx.configure(api_key=KEY, base_url=first.base_url)
    DOORS[door]()
    assert KEY in first.heard[0]
    assert "theirs" not in first.heard[0]


def test_the_doctor_says_whose_the_key_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    pplx.configure(base_url=HERE)
    found = network.key()
    assert (found.level, "is for api.perplexity.ai" in found.found) == ("ok", True)
    assert "none is needed" in found.found
    pplx.configure(base_url=GATEWAY)
    found = network.key()
    assert (found.level, "belongs to api.perplexity.ai" in found.found) == ("fail", True)
    assert GATEWAY in found.advice
    assert KEY not in doctor.render([found], "utf-8")


def test_a_store_is_not_opened_for_a_host_that_its_key_does_not_go_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_keyring_key", "_colab_key"):
        monkeypatch.setattr(credentials, name, lambda: pytest.fail("asked"))
    for url in (GATEWAY, LAN, HERE):
        pplx.configure(base_url=url)
        assert config.connection().key is None
