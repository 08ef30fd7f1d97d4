"""Answers, sources and figures as data: frames, bibliographies, checks.

pandas is imported where a frame is made and nowhere else.
"""
