"""An answer as data: its parts, Markdown, HTML, bibliographies, and an audit of its citations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ..bibliography.sources import Bibliography, Citations, Sources
from ..core.events import Unknown
from ..runs.session import Session

if TYPE_CHECKING:  # an import would load the parser; see `documents.document`
    import pandas as pd

    from ..bibliography.check.findings import Check
    from ..bibliography.pages import Pages
    from ..document.forms import Turn


def turn_of(run: Session) -> Turn:
    """Return a run as a turn of a document."""
    asked = run.request
    return asked.question, run.snapshot(), asked.context


def markdown(runs: Sequence[Session]) -> str:
    """Return the turns of a conversation as Markdown; several have one list of cited sources."""
    from ..bibliography.addresses import same_page  # noqa: PLC0415 (only for a conversation)
    from ..document import forms  # noqa: PLC0415 (see `documents.document`)

    turns = [turn_of(run) for run in runs]
    return forms.markdown(*turns[0]) if len(turns) == 1 else forms.conversation(turns, same_page)


def html(runs: Sequence[Session]) -> str:
    """Return the turns of a conversation as an HTML fragment with one stylesheet."""
    from ..document import forms  # noqa: PLC0415 (see `documents.document`)

    turns = [turn_of(run) for run in runs]
    last = len(turns) - 1
    styles = ("answer.css" if i == last else "" for i in range(len(turns)))
    return "\n".join(
        forms.html(*turn, style=style) for turn, style in zip(turns, styles, strict=True)
    )


def cited(runs: Sequence[Session]) -> Pages:
    """Return the web pages that the turns of a conversation cite, each once."""
    from ..bibliography.pages import Pages, pages  # noqa: PLC0415 (as above)

    return Pages(page for page in pages(Sources.of(run.snapshot()) for run in runs) if page.times)


class Cited:
    """Bibliographies of the cited sources."""

    def _cited(self) -> Bibliography:
        raise NotImplementedError

    def to_bibtex(self, *, accessed: date | None = None) -> str:
        """Return the cited sources as BibTeX; see `Bibliography.to_bibtex`.

        For all sources of an answer, call ``answer.sources.to_bibtex()``. A follow-up answer is
        exported with its conversation, each web page once.
        """
        return self._cited().to_bibtex(accessed=accessed)

    def to_csl_json(self, *, accessed: date | None = None) -> str:
        """Return the cited sources as CSL-JSON, which pandoc and Zotero read; see `to_bibtex`."""
        return self._cited().to_csl_json(accessed=accessed)

    def to_ris(self, *, accessed: date | None = None) -> str:
        """Return the cited sources as RIS, which reference managers read; see `to_bibtex`."""
        return self._cited().to_ris(accessed=accessed)


class Exports(Cited):
    """Parts and exports of the current run. Each call takes one snapshot of it."""

    _session: Session

    way: str | None = None
    """The name of its way in a comparison; None if it was not compared."""

    def _cited(self) -> Bibliography:
        runs = self._session.turns
        if len(runs) == 1:
            return Citations.of(self._session.snapshot())
        return cited(runs)

    @property
    def response_id(self) -> str | None:
        """The service's id of the newest run, once it is known; an argument for `resume`."""
        return self._session.state.response_id

    @property
    def parsed(self) -> Any:
        """The text parsed by the given schema: an instance of the model, or a dict.

        None until the answer is complete, if no schema was given, or if the text does not match the
        schema (then `error` says why). For an answer from a file, the parsed JSON of the text.
        """
        return self._session.parsed

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """The first few events and items of unknown kinds, for inspection."""
        return self._session.state.unknown

    # ---- lifetime ------------------------------------------------------------------------------------

    def to_markdown(self) -> str:
        """Return the answer as Markdown: citations as links, then the list of sources.

        A follow-up answer is exported with its conversation, which has one list of cited sources.
        """
        return markdown(self._session.turns)

    def to_html(self) -> str:
        """Return the answer as an HTML fragment that contains its stylesheet and fetches nothing.

        A follow-up answer is exported with its conversation.
        """
        return html(self._session.turns)

    def audit(self) -> pd.DataFrame:
        """Return findings about the citations that deserve a check, one row each.

        The audit compares words and dates. It shows where to look, not whether a statement is true. A
        sentence that shares no words with its source may be a paraphrase or a translation, and a
        sentence that shares all of them may still be wrong: `check` compares what they say.

        Returns
        -------
        pandas.DataFrame
            Columns ``kind`` (see below), ``what`` (the finding), ``where`` (the sentence, or the title
            of the source), ``at`` (its position in ``text``, in characters) and ``id`` (of the source).
            First the sentences of the answer, in order:

            * "marker without a source": no source has the id of the marker;
            * "cited sentence", one row for each sentence and source: ``shared_words`` of its ``words``
              and ``shared_numbers`` of its ``numbers`` occur in the source's title or snippet. Each
              word counts once, common and short words do not count; in Chinese, Japanese and similar
              scripts, pairs of characters count. A loaded answer has only the first 300 characters of a
              snippet;
            * "sentence without a citation": prose, except questions and introductions of lists.

            Then the sources: "odd date" (no date, in the future, from before the web existed, or
            outside the dates of the search, if those are known), "duplicate source", "source never
            cited".

        Raises
        ------
        PplxError
            pandas is not installed.

        Notes
        -----
        Sentences are split by punctuation, spaces and a list of a hundred abbreviations of European
        languages. Code blocks are skipped; headings and table rows count only if they contain
        citations.
        """
        from ..bibliography.audit import audit  # noqa: PLC0415 (see `documents.document`)

        session = self._session
        return audit(session.snapshot(), session.request.search)

    def check(self, *, pages: bool = False, judge: str | tuple[str, float] | None = None) -> Check:
        """Compare each sentence with the snippets that it cites; free and offline by default.

        The comparison reads figures, units, dates, negations, names, quantities and causes. It compares
        texts and does not know the facts: "found" says that the words are in the passage, "differs"
        that another figure or word is in their place, and "not found" that the snippet, which is only
        an extract of the page, lacks a part.

        Parameters
        ----------
        pages : bool
            Whether the service reads the cited pages first with its tool ``fetch_url``, one question of
            effort ``"low"`` for each ten pages. Experimental: no recording has shown yet how much of a
            page it returns.
        judge : str or (str, float), optional
            An effort, such as ``"low"``: a model compares, too. With a budget in US dollars,
            ``("low", 0.05)``, it begins at once, unless its estimated price is higher. Without one, a
            notebook shows the price and a button, and other hosts refuse. Experimental: its accuracy
            was not measured.

        Returns
        -------
        Check
            A tuple of `Finding`, one for each sentence with a citation, in the order of the text. Its
            display and `Check.to_frame` begin with the most doubtful one. ``uncited`` is the number of
            sentences that were not compared because they cite nothing.

        Raises
        ------
        InvalidRequest
            An argument is invalid, or nothing here can show the price of ``judge``.
        BudgetReached
            The price of ``judge`` is above its budget, or above that of `configure`.
        PplxError
            A question of ``pages`` or ``judge`` failed.

        Notes
        -----
        Of a structured answer with evidence, the values that are text are compared with their quotes.
        The answer keeps the findings: its view and its document in the notebook show them, and another
        call without arguments returns them, also for an answer from a file. An answer that was saved
        unchecked has only the first 300 characters of a snippet.

        Examples
        --------
        >>> import pplx_widget as pplx
        >>> answer = pplx.complete("How should I retry a rate-limited API?")
        >>> check = answer.check()
        >>> set(check.counts)
        {...}
        """
        from .checked import checked  # noqa: PLC0415 (see `documents.document`)

        provider = getattr(getattr(self, "_ask_again", None), "provider", None)
        return checked(self._session.snapshot(), pages, judge, provider, self.keep)

    def keep(self, found: Check) -> bool:
        """Keep the findings of a check, if the answer is over; for use in this package."""
        return self._session.keep(found.kept)
