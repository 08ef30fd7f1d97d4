"""Structured answers: the JSON as it arrives, as a list of fields, and the evidence in it."""
