"""The functions that users call, and the warm start."""
