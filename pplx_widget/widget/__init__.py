"""The widgets: the models of an answer and of its inspector, and the channels to their views."""

from .answer import Answer
from .inspector.inspector import Inspector, inspect

__all__ = ["Answer", "Inspector", "inspect"]
