"""The allowed values of options, defined once for types, checks and messages."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Literal, TypeAlias

EffortName: TypeAlias = Literal["fast", "low", "medium", "high", "xhigh"]
Effort: TypeAlias = EffortName | str  # also a pinned or older name; see `efforts`
ReasoningEffort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Recency: TypeAlias = Literal["hour", "day", "week", "month", "year"]
ContextSize: TypeAlias = Literal["low", "medium", "high"]
SearchType: TypeAlias = Literal["web", "fast"]
SearchMode: TypeAlias = Literal["web", "academic", "sec", "people"]
ProviderName: TypeAlias = Literal["agent", "chat", "raw"]
FormatName: TypeAlias = Literal["agent", "chat"]  # the API formats

# An image or a file: its path, address or bytes.
OneAttached: TypeAlias = str | os.PathLike[str] | bytes
Attached: TypeAlias = Iterable[OneAttached] | OneAttached
