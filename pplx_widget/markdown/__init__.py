"""Markdown as the page shows it, for a document without a page.

``parser.py`` (text to tokens) and ``tree.py`` (tokens to a tree) mirror the files of the same names in
``js/src/markdown/``: from one text, page and package make the same tree. The writers make HTML, text
and Markdown of a tree.
"""
