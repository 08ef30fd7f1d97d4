"""The build hook: no sdist, wheel or editable install without the page's code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# A build frontend puts nothing of the checkout on the path.
sys.path.append(str(Path(__file__).parent / "scripts"))
import _node


class BundleHook(BuildHookInterface[Any]):
    """Leaves the page's code in ``pplx_widget/static``."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask the frontend for Node where the bundle is to be made and the machine has none."""
        return [_node.WHEEL] if self._stale and not _node.find() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Make the bundle before the files are collected."""
        if not self._stale:
            return
        try:
            _node.build()
        except _node.NodeError as problem:
            self.app.abort(str(problem))

    @property
    def _stale(self) -> bool:
        # Only an sdist has PKG-INFO. It carries the bundle, and unpacking may shuffle its mtimes.
        return not Path(self.root, "PKG-INFO").exists() and _node.stale()
