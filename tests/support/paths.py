"""The folders that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
CORPORA = ROOT / "tests" / "corpora"
# Others' corpora and recordings, beside the checkout; a clone does without.
SHARED = ROOT.parent / "shared"
