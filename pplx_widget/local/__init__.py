"""The offline side: a loopback server that speaks the service's API, and the samples that it plays.

Nothing in the core imports this room; `recording` is the one module of it that stands alone.
"""
