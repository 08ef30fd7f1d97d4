"""Sources as data: data frames, bibliographies, and the audit of an answer's citations.

pandas is imported only to make a data frame.
"""
