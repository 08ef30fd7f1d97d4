"""The widget: an answer's model in the kernel, and the channel to its views in the page."""

from .answer import Answer

__all__ = ["Answer"]
