"""What a kernel of `scripts/dev` runs at its start, in the namespace of its user: it leaves no name.

A user may clear that namespace, so what goes on is a module of its own.
"""

import pathlib
import sys

if "ipykernel" in sys.modules:  # and not in a terminal of JupyterLab
    sys.path.append(str(pathlib.Path(__file__).parent))
    import _reload

    sys.path.pop()
    _reload.start()
    del _reload
del pathlib, sys
