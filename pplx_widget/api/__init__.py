"""The public functions, and the warm start."""
