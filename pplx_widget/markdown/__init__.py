"""The Python twin of the page's Markdown renderer, for documents without a kernel.

``parser.py`` (text to tokens) and ``tree.py`` (tokens to a tree) mirror ``js/src/markdown/``: the page
and the package build the same tree from the same text. The writers turn a tree into HTML, text or
Markdown.
"""
