"""Answers in one SQLite file: rows of batches, the cache, and the history."""
