"""Saxaul's replica for Python: rosters and attendance that work without a network.

>>> import saxaul
>>> with saxaul.open("journal.db") as journal:
...     journal.hours_frame()
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any, Iterator

from . import error_codes, rows, sync_core
from ._waiting import FaithfulPace, interruptible
from .sync_core import *  # noqa: F401,F403

if TYPE_CHECKING:
    import pandas

__all__ = ["Journal", "error_codes", "open"]
__all__ += sync_core.__all__

rows.complete(sync_core)

# No page of people has more rows.
PAGE = 200


class Journal(sync_core.Saxaul):
    """A journal, opened. Everything that `Saxaul` can do, a context manager, and tables for people who work with data."""

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.shut_down()

    def join_http(self, link: str, name: str, cancel: sync_core.Cancel | None = None) -> None:
        """Joins with an invite link; see `Saxaul.join_http`. Ctrl-C ends it."""
        join = super().join_http
        interruptible(lambda cancelling: join(link, name, cancelling), cancel)

    def join_for_less_http(self, link: str, name: str, cancel: sync_core.Cancel | None = None) -> None:
        """Joins for less; see `Saxaul.join_for_less_http`. Ctrl-C ends it."""
        join = super().join_for_less_http
        interruptible(lambda cancelling: join(link, name, cancelling), cancel)

    def exchange_http(
        self, url: str | None = None, pace: sync_core.Pace | None = None, cancel: sync_core.Cancel | None = None
    ) -> sync_core.Brought:
        """Exchanges with home until neither side has more; see `Saxaul.exchange_http`.

        Ctrl-C ends it. `pace` is called on another thread; what it throws ends the exchange, and is raised here. A `goes_on`
        or `waits` that returns nothing goes on.
        """
        exchange = super().exchange_http
        faithful = None if pace is None else FaithfulPace(pace)
        try:
            return interruptible(lambda cancelling: exchange(url, faithful, cancelling), cancel)
        except sync_core.SaxaulError:
            if faithful is not None and faithful.thrown is not None:
                raise faithful.thrown from None
            raise

    def everybody(
        self,
        text: str = "",
        *,
        team: str | None = None,
        presence: sync_core.PresenceFilter | None = None,
        withdrawn: bool = False,
        language: str | None = None,
    ) -> Iterator[sync_core.PersonRow]:
        """All people whom a query finds, page by page; see `people`."""
        wanted = sync_core.PresenceFilter.ANYONE() if presence is None else presence
        offset = 0
        while True:
            page = self.people(
                sync_core.PeopleQuery(text=text, team=team, presence=wanted, withdrawn=withdrawn, offset=offset, limit=PAGE,
                                      language=language))
            yield from page.rows
            offset += len(page.rows)
            if not page.rows or offset >= page.total:
                return

    def hours_frame(self, of: str | None = None) -> pandas.DataFrame:
        """Who was there for how long, as a pandas frame: a row for each human being and day. Needs pandas."""
        return _frame(self.hours(of), sync_core.HoursRow)

    def people_frame(self, text: str = "") -> pandas.DataFrame:
        """All people whom a text finds, as a pandas frame. Needs pandas."""
        return _frame(list(self.everybody(text)), sync_core.PersonRow)


def open(path: str | os.PathLike[str], key: bytes | None = None) -> Journal:
    """Opens the journal at `path`, or begins one; see `Saxaul.open`."""
    journal = Journal.open(os.fspath(path), key)
    assert isinstance(journal, Journal)
    return journal


def _frame(records: list[Any], record: Any) -> pandas.DataFrame:
    import pandas

    columns = [field.name for field in dataclasses.fields(record)]
    return pandas.DataFrame([[getattr(row, column) for column in columns] for row in records], columns=columns)
