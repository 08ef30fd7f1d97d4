"""The build hook, which adds the page's code to sdists, wheels and editable installs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# A build frontend does not put the checkout on the path.
sys.path.append(str(Path(__file__).parent / "scripts"))
import _node


class BundleHook(BuildHookInterface[Any]):
    """Builds the page's code into ``pplx_widget/static``."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Request Node from the frontend if the bundle has to be built and the machine has no Node."""
        return [_node.WHEEL] if self._stale and not _node.find() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the bundle before the files are collected."""
        if not self._stale:
            return
        try:
            _node.build()
        except _node.NodeError as problem:
            self.app.abort(str(problem))

    @property
    def _stale(self) -> bool:
        # Only an sdist has PKG-INFO. It contains the bundle, but unpacking may change the file times.
        return not Path(self.root, "PKG-INFO").exists() and _node.stale()
