"""The comparison: one question asked in several ways, side by side."""
