"""Answers in a file: the format, the recorder, the replay, and the writers of payloads."""
