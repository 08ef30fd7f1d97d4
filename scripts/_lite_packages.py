"""The wheels that a Python in the browser needs, found by the metadata of the wheels themselves."""

from __future__ import annotations

import email
import zipfile
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# ipywidgets requires it for the classic notebook, which is another front end.
WITHOUT = frozenset({"widgetsnbextension", "jupyterlab-widgets"})


@dataclass(frozen=True)
class Wheel:
    """A wheel, as Pyodide's lock file describes it.

    Attributes
    ----------
    name, version : str
        Of the package.
    path : Path
        The file.
    imports : list of str
        The modules that it contains, by the first part of their names.
    depends : list of str
        The names of the packages that it needs in a browser.
    """

    name: str
    version: str
    path: Path
    imports: list[str]
    depends: list[str]


def needed(folder: Path, wanted: tuple[str, ...], version: str) -> list[Wheel]:
    """Return the wheels of a folder that some packages need in a browser, themselves included."""
    here = {**default_environment(), "sys_platform": "emscripten", "platform_system": "Emscripten"}
    here |= {"os_name": "posix", "platform_machine": "wasm32", "extra": ""}
    here |= {"python_version": version, "python_full_version": f"{version}.0"}
    wheels = {wheel.name: wheel for wheel in (_read(path, here) for path in folder.glob("*.whl"))}
    found: dict[str, Wheel] = {}
    todo = [canonicalize_name(name) for name in wanted]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = wheels[name]
            todo += found[name].depends
    return [found[name] for name in sorted(found)]


def _read(path: Path, here: dict[str, str]) -> Wheel:
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        about = next(name for name in names if name.endswith(".dist-info/METADATA"))
        said = email.message_from_bytes(wheel.read(about))
    required = [Requirement(text) for text in said.get_all("Requires-Dist", [])]
    depends = {
        canonicalize_name(each.name)
        for each in required
        if each.marker is None or each.marker.evaluate(here)
    }
    return Wheel(
        canonicalize_name(said["Name"]),
        said["Version"],
        path,
        sorted(
            {_module(name) for name in names if ".dist-info/" not in name and ".data/" not in name}
        ),
        sorted(depends - WITHOUT),
    )


def _module(name: str) -> str:
    first, slash, _ = name.partition("/")
    return first if slash else first.partition(".")[0]
