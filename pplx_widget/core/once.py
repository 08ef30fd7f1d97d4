"""A property that is computed once, without the lock of Python 3.11's `functools.cached_property`.

That lock serves all instances of a class. If another thread holds it during a fork, the child waits for
it forever. Python 3.12 has removed it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 (used as a decorator)
    """A property whose value is kept in the instance; two threads may both compute it."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> once[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> once[T] | T:
        if instance is None:
            return self
        # An attribute in `__dict__` takes precedence over a descriptor without `__set__`.
        value = instance.__dict__[self._name] = self._compute(instance)
        return value
