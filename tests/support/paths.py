"""The folders that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
CORPORA = ROOT / "tests" / "corpora"
# External corpora and recordings, beside the checkout; a clone has none.
SHARED = ROOT.parent / "shared"
