"""Kill processes that ask many questions with a store, and count the rows that are asked twice.

    scripts/proof kills [TIMES] [ROWS]

Each process prints a row when it shows it as done, and is killed with SIGKILL. After the last one, a
process finishes. No row that was shown may have been asked again, and each row has an answer.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
from pathlib import Path

from _environment import ROOT, ScriptError, say

sys.path.insert(0, str(ROOT))

from tests.batch.test_store import ROWS, killed_after, requests, run
from tests.support.wire_server import CREATED, WireServer, completed, delta


def main() -> None:
    """Kill, finish, and print the figures."""
    times, rows = (int(argument) for argument in [*sys.argv[1:], "30", str(ROWS)][:2])
    shown: dict[str, int] = {}  # row → requests for it until it was shown
    with tempfile.TemporaryDirectory() as folder, WireServer() as server:
        server.respond([CREATED, delta("Yes."), completed()])
        path = Path(folder) / "rows.db"
        for _ in range(times):
            done = killed_after(random.randint(0, 2 * rows // times), path, server, rows)  # noqa: S311
            before = requests(server)
            shown = {row: before[row] for row in done} | shown
        rest = run(path, server, rows)
        if rest.returncode:
            raise ScriptError(rest.stderr)
        asked = requests(server)
        twice = sum(count - 1 for count in asked.values())
        wrong = [row for row, count in shown.items() if asked[row] > count]
        found = sqlite3.connect(path)
        sound = found.execute("PRAGMA integrity_check").fetchone()[0]
        kept = found.execute("SELECT count(DISTINCT key) FROM answers").fetchone()[0]
        found.close()
    say(
        f"{times} kills, {rows} rows: {len(shown)} shown before a kill, {len(wrong)} of them asked "
        f"again; {twice} requests for rows under way at a kill; {kept} rows kept, integrity {sound}"
    )
    if wrong or kept != rows or sound != "ok":
        raise ScriptError("rows were lost or asked again")


if __name__ == "__main__":
    main()
