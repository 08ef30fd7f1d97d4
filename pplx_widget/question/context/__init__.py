"""Summaries of the user's data, sent as text with a question."""
