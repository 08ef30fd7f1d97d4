"""An answer's text as the page shows it, for where there is no page.

``markdown.py`` (text to tokens) and ``tree.py`` (tokens to the tree that is shown) mirror the files of
the same names in ``js/src/markdown/``: from one text, page and package make the same document.
"""
