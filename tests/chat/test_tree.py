"""The tree of turns: branches, versions, and a turn that is removed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pplx_widget.widget.chat.tree import Node, Tree


def grown(tree: Tree[str], words: str, after: Node[str] | None = None) -> list[Node[str]]:
    """Add a turn for each character, one after the other."""
    nodes = []
    for word in words:
        node = tree.place(after or tree.root)
        tree.add(node, word)
        nodes.append(node)
        after = node
    return nodes


def said(nodes: list[Node[str]]) -> str:
    return "".join(node.held for node in nodes)


def test_an_edit_is_a_branch_and_the_other_one_stays() -> None:
    tree: Tree[str] = Tree()
    a, _b, c = grown(tree, "abc")
    grown(tree, "xy", a)
    assert said(tree.path()) == "axy"
    assert [*map(said, tree.branches())] == ["abc", "axy"]
    tree.choose(c)
    assert said(tree.path()) == "abc"
    assert said(tree.versions(tree.path()[1])) == "bx"


def test_a_branch_remembers_where_it_was() -> None:
    tree: Tree[str] = Tree()
    a, b, _c = grown(tree, "abc")
    (x,) = grown(tree, "x", b)
    (z,) = grown(tree, "z", tree.root)
    assert said(tree.path()) == "z"
    tree.choose(a)
    assert said(tree.path()) == "abx"
    assert (tree.find(x.number), tree.find(z.number), tree.find(99)) == (x, z, None)


def test_a_removed_turn_leaves_those_after_it() -> None:
    tree: Tree[str] = Tree()
    _a, b, _c = grown(tree, "abc")
    tree.remove(b)
    assert said(tree.path()) == "ac"
    assert [*map(said, tree.branches())] == ["ac"]
    tree.remove(b)  # once more changes nothing
    assert said(tree.path()) == "ac"


def test_the_last_version_leads_back_to_the_one_before() -> None:
    tree: Tree[str] = Tree()
    a, _b = grown(tree, "ab")
    (x,) = grown(tree, "x", a)
    tree.remove(x)
    assert said(tree.path()) == "ab"


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["add", "remove", "choose"]))))
def test_the_chosen_branch_is_always_a_branch(steps: list[tuple[int, str]]) -> None:
    tree: Tree[str] = Tree()
    for at, step in steps:
        nodes = [*tree.nodes()]
        node = nodes[at % len(nodes)] if nodes else tree.root
        if step == "add":
            tree.add(tree.place(node), "x")
        elif step == "remove":
            tree.remove(node)
        else:
            tree.choose(node)
        assert not [*tree.nodes()] or tree.path() in tree.branches()
        assert all(child.parent is each for each in tree.nodes() for child in each.children)
