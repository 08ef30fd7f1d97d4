"""The doctor: every finding, on real sockets, and no secret in any of them."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pplx_widget import config
from pplx_widget.cli import doctor, main
from pplx_widget.cli.doctor import check, frontend, installed, network

from ..support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "pplx-0123456789abcdefghij"
TOKEN = "a-jupyter-token"


class Stub(ThreadingHTTPServer):
    """Answers every GET the same way and remembers what was asked."""

    daemon_threads = False  # joined at the end
    status = 200

    def __init__(self) -> None:
        self.body: Any = {"data": []}
        self.headers: dict[str, str] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), StubHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class StubHandler(BaseHTTPRequestHandler):
    server: Stub

    def do_GET(self) -> None:
        self.server.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
        body = self.server.body
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(self.server.status)
        for name, value in {"Content-Length": str(len(content)), **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def base(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda url: monkeypatch.setenv("PERPLEXITY_BASE_URL", url)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- what is installed ------------------------------------------------------------------------------


def test_the_supported_versions_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {
        name: least + (f",<{below}" if below else "")
        for name, (least, below) in installed.SUPPORTED.items()
    }
    assert dict(d.split(">=") for d in project["dependencies"]) == wanted
    assert project["requires-python"] == ">=" + ".".join(map(str, installed.PYTHON))


def test_this_python_and_an_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installed.python().level == "ok"
    monkeypatch.setattr(installed, "PYTHON", (99, 0))
    assert installed.python().level == "fail"
    assert "99.0 or later" in installed.python().advice


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("1.109.1", "fail"),
        ("2.0", "ok"),
        ("2.0.0rc1", "ok"),
        ("3.54.0", "ok"),
        ("4.0.0", "fail"),
        (None, "fail"),
    ],
)
def test_package_ranges(monkeypatch: pytest.MonkeyPatch, version: str | None, level: str) -> None:
    def installed_version(name: str) -> str:
        if name == "openai" and version is None:
            raise metadata.PackageNotFoundError
        return version if name == "openai" and version else "99"

    monkeypatch.setattr(metadata, "version", installed_version)
    checks = {c.name: c for c in installed.packages()}
    assert checks["openai"].level == level
    if level == "fail":
        assert checks["openai"].advice == f"{sys.executable} -m pip install 'openai>=2.0,<4'"


def test_a_bundle_that_was_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "_BUNDLE", ("nothing.js",))
    assert doctor.bundle().level == "fail"
    assert "missing: nothing.js" in doctor.bundle().found


@pytest.mark.parametrize(
    ("version", "level", "said"),
    [
        ("7.4.0", "ok", "Stop works while a cell runs"),
        ("7.3.0", "warn", "stops hearing JupyterLab"),
        ("6.31.0", "warn", "Stop waits for a running cell"),
        ("7.0.0", "fail", "cannot be updated from a thread"),
        (None, "warn", "not installed here"),
    ],
)
def test_what_the_kernel_means_for_stop(
    monkeypatch: pytest.MonkeyPatch, version: str | None, level: str, said: str
) -> None:
    monkeypatch.setattr(installed, "_version", lambda _: version)
    found = installed.kernel()
    assert (found.level, said in found.found) == (level, True)


# --- the front end ----------------------------------------------------------------------------------

# As JupyterLab 4.6 lists them, and as an older manager does.
LISTED = [
    {"name": "anywidget", "installed": True, "enabled": True},
    {"name": "jupyter-widgets-jupyterlab-manager", "enabled": True},
]
NPM = [{"name": "anywidget"}, {"name": "@jupyter-widgets/jupyterlab-manager"}]
OFF = [LISTED[0] | {"enabled": False}, LISTED[1]]


@pytest.mark.parametrize(
    ("extensions", "level", "missing"),
    [
        (LISTED, "ok", []),
        (NPM, "ok", []),
        (OFF, "fail", ["anywidget"]),
        (LISTED[:1], "fail", ["jupyterlab_widgets"]),
        ([], "fail", ["anywidget", "jupyterlab_widgets"]),
    ],
)
def test_a_running_server_is_asked(
    stub: Stub, extensions: Any, level: str, missing: list[str]
) -> None:
    stub.body = extensions
    found = frontend.ask_server({"url": f"{stub.url}/nb/", "token": TOKEN, "pid": 1})
    assert found.level == level
    ((path, headers),) = stub.seen
    assert (path, headers["authorization"]) == ("/nb/lab/api/extensions", f"token {TOKEN}")
    assert TOKEN not in str(found)
    if missing:
        assert f"pip install {' '.join(missing)}`" in found.advice
    else:
        assert "cannot be seen from here" in found.found


@pytest.mark.parametrize(("status", "body"), [(404, {}), (403, {}), (200, {"odd": 1})])
def test_a_server_that_does_not_tell(stub: Stub, status: int, body: Any) -> None:
    stub.status, stub.body = status, body
    found = frontend.ask_server({"url": stub.url, "pid": 1})
    assert (found.level, f"HTTP {status}" in found.found) == ("warn", True)
    assert "authorization" not in stub.seen[0][1]


def test_a_server_that_does_not_answer(stub: Stub) -> None:
    stub.body = "<html>"
    assert "did not answer" in frontend.ask_server({"url": stub.url}).found
    assert (
        "did not answer" in frontend.ask_server({"url": f"http://127.0.0.1:{closed_port()}/"}).found
    )


def test_a_server_elsewhere_gets_no_token() -> None:
    assert (
        "was not asked"
        in frontend.ask_server({"url": "https://hub.example.org/", "token": TOKEN}).found
    )


def test_running_servers_come_from_their_runtime_files(
    tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jupyter_server")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    assert [c.found[:22] for c in frontend.front_end()] == ["no Jupyter server runs"]
    info = {"url": stub.url, "token": TOKEN, "pid": os.getpid()}
    (tmp_path / "jpserver-1.json").write_text(json.dumps(info))
    stub.body = LISTED
    assert [c.level for c in frontend.front_end()] == ["ok"]


def test_a_server_of_another_environment_is_found_too(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where jupyter_server is not installed beside the kernel, its runtime files still tell."""
    monkeypatch.setitem(sys.modules, "jupyter_server.serverapp", None)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    assert frontend.running_servers() == []
    gone = {"url": f"http://127.0.0.1:{closed_port()}/", "token": TOKEN, "pid": 1}
    (tmp_path / "jpserver-1.json").write_text(json.dumps(gone))
    (tmp_path / "jpserver-2.json").write_text("{torn")
    (tmp_path / "jpserver-3.json").write_text("[]")
    assert frontend.running_servers() == []
    here = {"url": stub.url, "token": TOKEN, "pid": os.getpid()}
    (tmp_path / "jpserver-4.json").write_text(json.dumps(here))
    assert frontend.running_servers() == [here]


def test_this_environment_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "_extension_folders", lambda: [str(tmp_path)])
    lacking = frontend.this_environment()
    assert (lacking.level, "anywidget jupyterlab_widgets" in lacking.advice) == ("fail", True)
    for name in frontend.NEEDED:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "package.json").write_text("{}")
    assert frontend.this_environment().level == "ok"


def test_without_jupyter_core_the_prefix_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jupyter_core.paths", None)
    folder = Path(sys.prefix, "share", "jupyter", "labextensions")
    assert frontend._extension_folders() == [str(folder)]


# --- the network ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "http://user:hunter2@proxy:3128",
        "user:hunter2@proxy:3128",
        "http://user:hun@ter2@proxy:3128",
        "http://user:hun/ter2@proxy:3128",
        "http://user:hun,ter 2@proxy:3128",
    ],
)
def test_a_proxys_password_is_not_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    (found,) = network.proxies()
    assert re.search(r"HTTPS_PROXY=(http://)?\*\*\*@proxy:3128$", found.found)
    assert found.level == "ok"


def test_no_proxy_is_fine_as_it_is() -> None:
    assert [c.found for c in network.proxies()] == ["none set"]
    assert network.masked("localhost,127.0.0.1") == "localhost,127.0.0.1"


def test_a_proxy_before_this_machine(
    monkeypatch: pytest.MonkeyPatch, base: Callable[[str], None]
) -> None:
    base("http://127.0.0.1:8911/v1")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    warning = network.proxies()[1]
    assert (warning.level, warning.advice) == ("warn", "Set NO_PROXY=127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    assert len(network.proxies()) == 1


def test_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert network.certificates().level == "ok"
    path = tmp_path / "own.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    assert "No such file" in network.certificates().found
    path.write_text("no certificate")
    assert "not a file of PEM certificates" in network.certificates().found
    assert network.certificates().level == "fail"


def test_the_key_is_not_shown_and_not_measured(
    monkeypatch: pytest.MonkeyPatch, base: Callable[[str], None]
) -> None:
    assert network.key().level == "warn"
    base("http://127.0.0.1:8911/v1")
    assert "none is needed" in network.key().found
    monkeypatch.setenv("PPLX_API_KEY", KEY)
    found = network.key()
    assert found.found == "found in the environment variable PPLX_API_KEY"
    assert found.level == "ok"


def test_the_api_answers(
    stub: Stub, base: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    base(f"{stub.url}/v1")
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    assert network.api() == check.Check("API", "ok", f"{stub.url}/v1 answers")
    ((path, headers),) = stub.seen
    assert (path, headers["authorization"]) == ("/v1/models", f"Bearer {KEY}")


ENVELOPE = {"error": {"message": f"The key {KEY} is odd.", "type": "odd", "code": 1}}


@pytest.mark.parametrize(
    ("status", "body", "level", "said"),
    [
        (401, ENVELOPE, "fail", "did not accept the API key"),
        (403, ENVELOPE, "fail", "refused the request"),
        (403, {"error": {"type": "chat_completions_not_available"}}, "fail", "was retired"),
        (404, "<html>", "fail", "knows nothing at this address"),
        (429, ENVELOPE, "warn", "Too many requests"),
        (503, "<html>", "warn", "is failing"),
        (200, "<html>log in", "fail", "not the API"),
        (302, "", "fail", "not the API"),
    ],
)
def test_what_the_api_may_answer(
    stub: Stub,
    base: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: Any,
    level: str,
    said: str,
) -> None:
    base(f"{stub.url}/v1")
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    stub.status, stub.body, stub.headers = status, body, {"Location": "/login"}
    found = network.api()
    assert (found.level, said in found.found) == (level, True)
    assert found.advice
    assert KEY not in str(found)


def test_without_a_key_the_answer_401_is_an_answer(stub: Stub, base: Callable[[str], None]) -> None:
    base(f"{stub.url}/v1")
    stub.status = 401
    assert (network.api().level, "without a key" in network.api().found) == ("ok", True)


def test_nothing_listens_on_this_machine(base: Callable[[str], None]) -> None:
    base(f"http://127.0.0.1:{closed_port()}/v1")
    found = network.api()
    assert (found.level, "refused the connection" in found.found) == ("fail", True)
    assert "pplx-widget serve" in found.advice


def test_a_host_that_is_not_there_is_offline(base: Callable[[str], None]) -> None:
    base("https://nothing.invalid/v1")
    assert network.api().level == "warn"


def test_no_tls_where_tls_was_asked_for(stub: Stub, base: Callable[[str], None]) -> None:
    base(f"https://127.0.0.1:{stub.server_address[1]}/v1")
    found = network.api()
    assert (found.level, "No secure connection" in found.found) == ("fail", True)
    assert stub.seen == []


def test_a_key_never_travels_in_the_clear(
    stub: Stub, base: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stub plays a proxy: what leaves this machine unencrypted goes through it.
    base("http://gateway.example/v1")
    monkeypatch.setenv("HTTP_PROXY", stub.url)
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    network.api()
    ((path, headers),) = stub.seen
    assert path == "http://gateway.example/v1/models"
    assert "authorization" not in headers


@pytest.mark.parametrize(
    ("name", "value"),
    [("SSL_CERT_FILE", "nowhere.pem"), ("HTTPS_PROXY", "odd://user:hunter2@proxy")],
)
def test_settings_that_cannot_be_used_are_findings(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    found = network.api()
    assert found.level in ("warn", "fail")
    assert "hunter2" not in str(found)


def test_an_impossible_base_url_is_a_finding(base: Callable[[str], None]) -> None:
    base("ftp://x")
    assert [c.level for c in (network.key(), network.api())] == ["fail", "fail"]
    assert [c.level for c in network.proxies()] == ["ok"]


# --- what is shown ----------------------------------------------------------------------------------

CHECKS = [
    check.Check("one", "ok", "fine"),
    check.Check("three", "warn", "größer", "Look."),
    check.Check("two", "fail", KEY),
]


def test_aligned_text_with_advice_below() -> None:
    assert check.render(CHECKS, "utf-8").splitlines() == [
        "✓ one    fine",
        "! three  größer",
        "         Look.",
        "✗ two    [key]",
    ]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", None])
def test_ascii_where_that_is_all_there_is(encoding: str | None) -> None:
    assert check.render(CHECKS, encoding).splitlines() == [
        "+ one    fine",
        "! three  größer",
        "         Look.",
        "x two    [key]",
    ]


def test_json_and_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: CHECKS)
    assert main.main(["doctor", "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["ok"], [c["level"] for c in data["checks"]]) == (False, ["ok", "warn", "fail"])
    assert KEY not in str(data)
    monkeypatch.setattr(doctor, "examine", lambda: CHECKS[:2])
    assert main.main(["doctor"]) == 0


def test_the_whole_examination(
    stub: Stub,
    base: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    base(f"{stub.url}/v1")
    monkeypatch.setenv("PERPLEXITY_API_KEY", KEY)
    checks = doctor.examine()
    names = [c.name for c in checks]
    assert {
        "Python",
        "pplx-widget",
        "openai",
        "bundle",
        "ipykernel",
        "front end",
        "proxy",
        "certificates",
        "API key",
        "API",
    } <= set(names)
    assert KEY not in str(checks)
    assert config.connection().key
