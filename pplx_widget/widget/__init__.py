"""The widgets: the models of answers, inspectors and races, and the channel to their views."""

from .answer import Answer
from .inspector.inspector import Inspector, inspect

__all__ = ["Answer", "Inspector", "inspect"]
