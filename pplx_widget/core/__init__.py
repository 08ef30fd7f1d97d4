"""What every room stands on: errors, events, the state of an answer, the background thread."""
