"""Sources as data: frames, bibliographies, and the audit of an answer's citations.

pandas is imported only when a frame is made.
"""
