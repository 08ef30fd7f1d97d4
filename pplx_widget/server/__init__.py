"""The offline side: a loopback server that speaks the service's API, and the samples that it plays.

Of this room the core imports `recording`, the format, and the writers of payloads: they stand alone.
"""
