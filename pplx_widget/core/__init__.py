"""The base of every other room: errors, events, the state of an answer, the background thread."""
