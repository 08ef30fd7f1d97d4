"""Tell whether a quote is in a text: typography is forgiven, words and numbers are not."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

from .overlap import UNSPACED

# Markup of snippets: tags, images, the targets of links, citation markers, quotes of Markdown.
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|!\[[^\[\]]*\]\([^()\s]*\)|(?m:^[ \t]*>+)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*(?:\s\"[^\"]*\")?\)")
_MARKER = re.compile(r"[\[【](?:[a-z]+:)?[0-9]{1,3}(?:†[^\]】\n]{1,40})?[\]】]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_INSIDE_WORDS = re.compile(r"(?<=[^\W\d_])[*_`]+(?=[^\W\d_])")
_RAISED = re.compile("(?<=[0-9])(?=[\u00b2\u00b3\u00b9\u2070-\u2079])")
# What separates thousands, if it is not a comma or a full stop.
_GROUP = re.compile("(?<=[0-9])['’\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_DIVIDED = re.compile(r"(?<=[^\W\d_])[-\u2010]\s*\n\s*(?=[^\W\d_])")
_ELLIPSIS = re.compile(r"[\[(]?\s*(?:…|\.\s?\.\s?\.)[.\s]*[\])]?")
_APOSTROPHES = str.maketrans("’‘ʼ＇\u2212\u2010\u2011\u2012\u2013\u2014", "''''------")
_IN_NUMBERS = ".,:/"
_SIGNS = "%‰°±≤≥"
_BEFORE_NUMBERS = "<>~≈+-"
_END = "\0"


class Passage:
    """A text that quotes are compared with.

    Ignored are case, punctuation, quotation marks, the kinds of dashes and spaces, soft hyphens,
    hyphens between words, markup, entities, citation markers, and ligatures and other forms of the
    same letter. What counts are the words, the numbers with their signs, and their order.

    Parameters
    ----------
    text : str
        The text, such as the snippet of a source.

    Examples
    --------
    >>> passage = Passage("Founded in 1847, the “Telegraphen\u2011Bauanstalt” had ten workers.")
    >>> passage.has('founded in 1847 … had ten workers')
    True
    >>> passage.has("had twelve workers")
    False
    """

    def __init__(self, text: str) -> None:
        # A hyphen at a line end may divide a word or join two.
        readings = {text, _DIVIDED.sub("", text)}
        self._keys = [_key(_words(reading)) for reading in sorted(readings)]

    def has(self, quote: str) -> bool | None:
        """Return whether a quote is in the text; None if one of the two has no words.

        An ellipsis joins passages, which must be in the text in this order.
        """
        parts = [words for part in _ELLIPSIS.split(quote) if (words := [*_words(part)])]
        if not parts or not self:
            return None
        return any(_in_order([_key(part) for part in parts], key) for key in self._keys)

    def __bool__(self) -> bool:
        """Return whether the text has words."""
        return any(key != _END for key in self._keys)


def _in_order(parts: list[str], key: str) -> bool:
    at = 0
    for part in parts:
        found = key.find(part, at)
        if found < 0:
            return False
        at = found + len(part) - 1  # the next part may begin directly after it
    return True


def _key(words: Iterator[str] | list[str]) -> str:
    """Return words in a form in which a search finds only whole ones."""
    return "".join([_END, *(word + _END for word in words)])


def _words(text: str) -> Iterator[str]:
    """Yield the words, numbers and signs of a text."""
    text = _plain(text)
    run = before = ""  # a run of characters of one kind, and the sign before it
    of_run = ""
    for i, sign in enumerate(text):
        kind = _kind(sign)
        after = text[i + 1 : i + 2]
        joins = run and (
            (sign in _IN_NUMBERS and run[-1].isdecimal() and after.isdecimal())
            or (sign == "'" and run[-1].isalpha() and after.isalpha())
        )
        if run and not joins and kind != of_run:
            yield run
            run = ""
        if joins or kind in ("letter", "digit"):
            run, before, of_run = (run or before) + sign, "", of_run if run else kind
        elif kind == "sign":
            yield before + sign
            before = ""
        elif sign in _BEFORE_NUMBERS and _is_sign_of_number(text, i):
            before = sign
    if run:
        yield run


def _plain(text: str) -> str:
    text = _LINK.sub(r"\1", _TAG.sub(" ", html.unescape(text)))
    text = _INVISIBLE.sub("", _MARKER.sub(" ", text))
    text = _GROUP.sub("", _RAISED.sub(" ", _INSIDE_WORDS.sub("", text)))
    return unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()


def _kind(sign: str) -> str:
    """Return the kind of a character: those of one run have the same."""
    category = unicodedata.category(sign)
    if UNSPACED.match(sign):
        return "sign"  # a word of its own
    if category[0] in "LM":
        return "letter"
    if category[0] == "N":
        return "digit"
    return "sign" if sign in _SIGNS or category == "Sc" else ""


def _is_sign_of_number(text: str, at: int) -> bool:
    """Return whether a character before a number belongs to it: a dash between two does not."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 :].lstrip(" ")[:2]
    if text[at] in "+-":
        starts = not before or before.isspace() or before in "([$€£¥"
        return starts and text[at + 1 : at + 2].isdecimal()
    return after[:1].isdecimal() or (len(after) > 1 and after[1].isdecimal())
