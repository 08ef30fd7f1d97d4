"""Checked access to the fields of a record, which a file may contain in any form."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Final

from ..core.amounts import LARGEST
from ..core.errors import PplxError
from ..core.state import Status
from ..core.text import clean

EXTRACT: Final = 300
"""The most characters of a snippet or a thought in a record."""

# Far above the size of any answer: the service accepts requests up to 32 MiB.
_LONGEST = 2**25
_MOST = 10_000


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values without None and empty ones; a zero is kept."""
    return {name: v for name, v in values.items() if v is not None and v not in ("", [], {}, ())}


class Fields:
    """Checked access to the fields of a JSON object from a file; a wrong value raises an error."""

    def __init__(self, value: Any, name: str) -> None:
        if not isinstance(value, dict):
            raise unreadable(f"{name} is not an object")
        self.name = name
        self._value = value

    def has(self, name: str) -> bool:
        """Return whether a field is there."""
        return self._value.get(name) is not None

    def raw(self, name: str) -> Any:
        """Return a field unchecked."""
        return self._value.get(name)

    def optional(self, name: str) -> str | None:
        """Return a text, or None if it is not there."""
        return self.text(name) if self.has(name) else None

    def text(self, name: str) -> str:
        """Return a text."""
        return self._text(self._value.get(name, ""), name)

    def texts(self, name: str) -> list[str]:
        """Return a list of texts."""
        return [self._text(item, f"{name}[{i}]") for i, item in self._list(name)]

    def wholes(self, name: str) -> list[int]:
        """Return a list of whole numbers."""
        return [Fields({name: item}, self.name).whole(name) for _, item in self._list(name)]

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        value = self._value.get(name, default)
        # In Python, bool is a subclass of int.
        if type(value) is not int or abs(value) > LARGEST:
            raise unreadable(f"{self.name}.{name} is not a whole number")
        return value

    def number(self, name: str) -> float | None:
        """Return a number, or None if it is not there."""
        value = self._value.get(name)
        if value is None:
            return None
        if type(value) not in (int, float) or not abs(value) <= LARGEST or math.isnan(value):
            raise unreadable(f"{self.name}.{name} is not a number")
        return float(value)

    def flag(self, name: str) -> bool:
        """Return a truth value."""
        value = self._value.get(name, False)
        if not isinstance(value, bool):
            raise unreadable(f"{self.name}.{name} is neither true nor false")
        return value

    def moment(self, name: str) -> datetime | None:
        """Return a time, or None if it is not there."""
        if not self.has(name):
            return None
        try:
            moment = datetime.fromisoformat(self.text(name))
        except ValueError:
            raise unreadable(f"{self.name}.{name} is not a date") from None
        return moment if moment.tzinfo else moment.astimezone()

    def status(self) -> Status:
        """Return a final status."""
        try:
            status = Status(self.text("status"))
        except ValueError:
            raise unreadable(f"{self.name}.status is unknown") from None
        if not status.final:
            raise unreadable("the answer was not finished when the notebook was saved")
        return status

    def part(self, name: str) -> Fields:
        """Return the fields of an object."""
        return Fields(self._value.get(name, {}), name)

    def parts(self, name: str) -> list[Fields]:
        """Return the fields of each object of a list."""
        return [Fields(item, f"{name}[{i}]") for i, item in self._list(name)]

    def _list(self, name: str) -> list[tuple[int, Any]]:
        value = self._value.get(name, [])
        if not isinstance(value, list):
            raise unreadable(f"{self.name}.{name} is not a list")
        if len(value) > _MOST:
            raise unreadable(f"{self.name}.{name} is too long")
        return list(enumerate(value))

    def _text(self, value: Any, name: str) -> str:
        if not isinstance(value, str):
            raise unreadable(f"{self.name}.{name} is not a text")
        if len(value) > _LONGEST:
            raise unreadable(f"{self.name}.{name} is too long")
        return clean(value)


def unreadable(why: str) -> PplxError:
    """Return the error about a broken record."""
    return PplxError(
        "This saved answer cannot be read.",
        f"The notebook file was changed by hand or by another program: {why}.",
        "Restore an earlier version of the file, or run the cell again.",
    )
