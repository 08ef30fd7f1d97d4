"""A finished answer as a document: written in its forms, kept as a record, exported."""
