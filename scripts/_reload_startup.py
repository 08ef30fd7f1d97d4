"""Start `_reload` in a kernel of `scripts/dev`.

A kernel runs this file in the user's namespace, so it leaves no names there. The code that keeps
running is a separate module, since the user may clear that namespace.
"""

import pathlib
import sys

if "ipykernel" in sys.modules:  # not in a terminal of JupyterLab
    sys.path.append(str(pathlib.Path(__file__).parent))
    import _reload

    sys.path.pop()
    _reload.start()
    del _reload
del pathlib, sys
