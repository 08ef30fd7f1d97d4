"""Syntax highlighting: Pygments' tokens as a few short HTML tags."""

from __future__ import annotations

from itertools import groupby

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Operator, _TokenType
from pygments.util import ClassNotFound

from ..markdown.tree import Element, Item

# Tags instead of classes take a third of the bytes, and without the stylesheet keywords are still bold
# and comments italic. The stylesheet replaces these styles with colours.
_TAGS: tuple[tuple[_TokenType, str], ...] = (
    (Keyword.Constant, "samp"),
    (Keyword, "b"),
    (Operator.Word, "b"),
    (Name.Function, "var"),
    (Name.Class, "var"),
    (Name.Decorator, "var"),
    (Name.Builtin.Pseudo, ""),  # `self`
    (Name.Builtin, "var"),
    (Name.Tag, "b"),
    (Comment.Preproc, "b"),
    (Comment, "i"),
    (Literal, "samp"),
)
_LONGEST = 50_000  # characters; longer code is not highlighted


def coloured(language: str, code: str) -> list[Item]:
    """Return code as text and coloured pieces.

    Parameters
    ----------
    language : str
        The language given at the fence; a language unknown to Pygments gives plain text.
    code : str
        The code, which the items contain completely and in order.
    """
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return [code]
    if len(code) > _LONGEST:
        return [code]
    tokens = ((_tag(kind), text) for kind, text in lexer.get_tokens(code))
    items: list[Item] = []
    for tag, same in groupby(tokens, key=lambda token: token[0]):
        text = "".join(text for _, text in same)
        items.append(Element(tag, [text]) if tag and not text.isspace() else text)
    # A lexer may normalize line ends or drop unreadable characters. The code takes precedence then.
    return items if "".join(map(_text, items)) == code else [code]


def _tag(kind: _TokenType) -> str:
    return next((tag for known, tag in _TAGS if kind in known), "")


def _text(item: Item) -> str:
    return item if isinstance(item, str) else "".join(map(_text, item.children))
