"""A question to send: the request, its attachments, the schema of its answer, the user's data."""
