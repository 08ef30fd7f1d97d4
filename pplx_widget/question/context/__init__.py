"""The user's data as the text that goes out with a question."""
