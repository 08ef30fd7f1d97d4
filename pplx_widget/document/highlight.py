"""Colours for code: Pygments' tokens as a few short tags."""

from __future__ import annotations

from itertools import groupby

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Operator, _TokenType
from pygments.util import ClassNotFound

from ..markdown.tree import Element, Item

# A tag a kind: a class would cost three times the bytes, and without a stylesheet keywords are still
# bold and comments slanted. The stylesheet takes the boldness and gives the colours.
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
_LONGEST = 50_000  # characters; what is longer is shown plain


def coloured(language: str, code: str) -> list[Item]:
    """Return code as text and coloured pieces.

    Parameters
    ----------
    language : str
        As it stands at the fence; one that Pygments does not know gives plain text.
    code : str
        The code, returned whole and in order.
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
    # A lexer may normalise line ends or drop what it cannot read: then the code itself comes first.
    return items if "".join(map(_text, items)) == code else [code]


def _tag(kind: _TokenType) -> str:
    return next((tag for known, tag in _TAGS if kind in known), "")


def _text(item: Item) -> str:
    return item if isinstance(item, str) else "".join(map(_text, item.children))
