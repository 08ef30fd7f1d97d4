"""Exports of an answer: Markdown, HTML, bibliographies, and an audit of its citations."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ..bibliography.sources import Citations
from ..core.state import AnswerState
from ..question.context.summary import Summary
from ..runs.session import Session

if TYPE_CHECKING:
    import pandas as pd


class Exports:
    """Exports of the present run. Each call takes one snapshot of it."""

    _session: Session

    def _parts(self) -> tuple[str, AnswerState, Summary | None]:
        asked = self._session.request
        return asked.question, self._session.snapshot(), asked.context

    def _cited(self) -> Citations:
        return Citations.of(self._session.snapshot())

    def to_markdown(self) -> str:
        """Return the answer as Markdown: citations as links, then the list of sources."""
        from ..document import forms  # noqa: PLC0415 (see `documents.document`)

        return forms.markdown(*self._parts())

    def to_html(self) -> str:
        """Return the answer as an HTML fragment that brings its stylesheet and fetches nothing."""
        from ..document import forms  # noqa: PLC0415 (see `documents.document`)

        return forms.html(*self._parts())

    def audit(self) -> pd.DataFrame:
        """Return what is worth a look in its citations, a row a finding.

        A check of words and dates: it says where to look, and not whether anything is true. A sentence
        that shares no word with its source may say it in other words or in another language, and one
        that shares all of them may still be wrong.

        Returns
        -------
        pandas.DataFrame
            ``kind`` (see below), ``what`` was found, ``where`` (the sentence, or the source's title),
            ``at`` (its place in ``text``, in characters) and ``id`` (the source's). First the answer's
            sentences in order:

            * "marker without a source": its id is no source's;
            * "cited sentence", a row for each source of each: ``shared_words`` of its ``words`` and
              ``shared_numbers`` of its ``numbers`` (each counted once; common and short words not at
              all; in Chinese, Japanese and the like pairs of signs) are in the source's title or
              snippet. A loaded answer has the first 300 characters of a snippet;
            * "sentence without a citation": prose that says something, other than a question or what
              leads to a list.

            Then its sources: "odd date" (no date, in the future, from before there was a web, or not
            what was searched for, as far as that is known), "duplicate source", "source never cited".

        Raises
        ------
        PplxError
            pandas is not installed.

        Notes
        -----
        Sentences end where marks, spaces and a hundred abbreviations of European languages say so. Code
        blocks are left out; headings and rows of tables are looked at where they cite.
        """
        from ..bibliography.audit import audit  # noqa: PLC0415 (see `documents.document`)

        session = self._session
        return audit(session.snapshot(), session.request.search)

    def to_bibtex(self, *, accessed: date | None = None) -> str:
        """Return the cited sources as BibTeX; see `Bibliography.to_bibtex`.

        All that were found: ``answer.sources.to_bibtex()``.
        """
        return self._cited().to_bibtex(accessed=accessed)

    def to_csl_json(self, *, accessed: date | None = None) -> str:
        """Return the cited sources as CSL-JSON, which pandoc and Zotero read; see `to_bibtex`."""
        return self._cited().to_csl_json(accessed=accessed)

    def to_ris(self, *, accessed: date | None = None) -> str:
        """Return the cited sources as RIS, which reference managers read; see `to_bibtex`."""
        return self._cited().to_ris(accessed=accessed)
