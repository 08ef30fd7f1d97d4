"""A question as it goes out: the request, attachments, the schema of its answer, the user's data."""
