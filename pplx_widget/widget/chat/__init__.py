"""`Chat`: a conversation whose questions can be edited, as a widget and in Python."""
