"""One run of one question, what begins it, the conversation before it, and its cost."""
