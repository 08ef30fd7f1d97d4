"""``python -m pplx_widget`` runs the command ``pplx-widget``, even if that is not on the PATH."""

from __future__ import annotations

import sys

from .cli.main import main

sys.exit(main())
