"""The turns of a conversation as a tree: an edited question begins another branch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(eq=False)
class Node(Generic[T]):
    """A place in the tree.

    Attributes
    ----------
    number : int
        Its number in the tree, which the page uses as its name; the root is 0.
    parent : Node or None
        The turn before; the root of the tree before the first turn, and None for the root.
    children : list of Node
        The turns that go on from here, oldest first.
    chosen : Node or None
        That of the chosen branch; None at its end.
    value : object
        The turn.
    """

    number: int
    parent: Node[T] | None = None
    children: list[Node[T]] = field(default_factory=list)
    chosen: Node[T] | None = None
    value: T | None = None

    @property
    def held(self) -> T:
        """The turn of a place that is not the root."""
        if self.value is None:
            raise AssertionError("the root holds no turn")
        return self.value


class Tree(Generic[T]):
    """A conversation: every path from the root to a leaf is a branch, and one of them is chosen."""

    def __init__(self) -> None:
        self.root: Node[T] = Node(0)
        self._newest = 0

    def place(self, after: Node[T]) -> Node[T]:
        """Return a new place after another one; it belongs to the tree once it was added."""
        self._newest += 1
        return Node(self._newest, after)

    def add(self, node: Node[T], value: T) -> None:
        """Put a turn into a new place and choose its branch."""
        node.value = value
        if node.parent is not None:
            node.parent.children.append(node)
        self.choose(node)

    def remove(self, node: Node[T]) -> None:
        """Remove a turn; those after it follow the turn before it."""
        if (parent := node.parent) is None or node not in parent.children:
            return
        at = parent.children.index(node)
        parent.children[at : at + 1] = node.children
        for child in node.children:
            child.parent = parent
        if parent.chosen is node:
            others = parent.children
            parent.chosen = node.chosen or (others[min(at, len(others) - 1)] if others else None)

    def choose(self, node: Node[T]) -> None:
        """Choose the branch of a turn."""
        while (parent := node.parent) is not None:
            parent.chosen = node
            node = parent

    def path(self) -> list[Node[T]]:
        """Return the turns of the chosen branch."""
        found, node = [], self.root
        while node.chosen is not None:
            node = node.chosen
            found.append(node)
        return found

    def versions(self, node: Node[T]) -> list[Node[T]]:
        """Return the turns that follow the same turn as this one, which is among them."""
        return [*node.parent.children] if node.parent else [node]

    def branches(self) -> list[list[Node[T]]]:
        """Return all branches, those of earlier questions first."""
        return [self.to(node) for node in self.nodes() if not node.children]

    @staticmethod
    def to(node: Node[T]) -> list[Node[T]]:
        """Return the turns from the first one to this one."""
        found = []
        while node.parent is not None:
            found.append(node)
            node = node.parent
        return found[::-1]

    def nodes(self) -> Iterator[Node[T]]:
        """Iterate over all turns; each comes after the one that it follows."""
        todo = self.root.children[::-1]
        while todo:
            node = todo.pop()
            yield node
            todo += node.children[::-1]

    def find(self, number: int) -> Node[T] | None:
        """Return the turn with a number; None if there is none."""
        return next((node for node in self.nodes() if node.number == number), None)
