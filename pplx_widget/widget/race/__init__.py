"""The race: one question asked in two ways at once, with the metrics of both."""
