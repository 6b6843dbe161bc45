"""A journal for asyncio: every call is awaited, and what changes comes from iterators.

>>> from saxaul import aio
>>> async with aio.open("journal.db") as journal:
...     await journal.exchange_http()
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Any, AsyncIterator, Generator, Generic, TypeVar

from . import PAGE, Journal as BlockingJournal, open as open_blocking
from ._calls import Calls
from .sync_core import (
    Changes,
    Listener,
    Observation,
    PeopleQuery,
    PersonRow,
    PresenceFilter,
    SaxaulError,
    Shown,
    SyncSettings,
    SyncState,
    SyncStatus,
    Syncing,
    SyncWatcher,
    Watched,
    Watcher,
)

if TYPE_CHECKING:
    import pandas

__all__ = ["Journal", "open"]

T = TypeVar("T")


class Journal(Calls):
    """A journal, opened. Cancelling a task that exchanges, or joins, ends that at once."""

    def __init__(self, journal: BlockingJournal):
        super().__init__(journal)
        self._told: set[_Told[Any]] = set()

    async def shut_down(self) -> None:
        """Closes the journal, so that another process may open it. Everything that waits for it ends."""
        await super().shut_down()
        self._end_iterators()

    async def wipe(self) -> None:
        """Forgets everything, as home ordered; see `Saxaul.wipe`. Everything that waits for the journal ends."""
        await super().wipe()
        self._end_iterators()

    def _end_iterators(self) -> None:
        for told in list(self._told):
            told.end()

    async def everybody(
        self,
        text: str = "",
        *,
        team: str | None = None,
        presence: PresenceFilter | None = None,
        withdrawn: bool = False,
        language: str | None = None,
    ) -> AsyncIterator[PersonRow]:
        """All people whom a query finds, page by page; see `people`."""
        anywhere = PresenceFilter.ANYONE() if presence is None else presence
        offset = 0
        while True:
            page = await self.people(PeopleQuery(
                text=text, team=team, presence=anywhere, withdrawn=withdrawn, offset=offset, limit=PAGE, language=language))
            for row in page.rows:
                yield row
            offset += len(page.rows)
            if not page.rows or offset >= page.total:
                return

    async def hours_frame(self, of: str | None = None) -> pandas.DataFrame:
        """Who was there for how long, as a pandas frame: a row for each human being and day. Needs pandas."""
        return await self._beside(lambda: self._journal.hours_frame(of))

    async def people_frame(self, text: str = "") -> pandas.DataFrame:
        """All people whom a text finds, as a pandas frame. Needs pandas."""
        return await self._beside(lambda: self._journal.people_frame(text))

    async def changes(self) -> AsyncIterator[Changes]:
        """What changes, until the journal is closed or the loop over it ends; the first says that everything is new."""
        told: _Told[Changes] = _Told(newest_only=False)
        async for changes in self._each(told, self._journal.observe(_Changes(told))):
            yield changes

    async def watch(self, query: Watched) -> AsyncIterator[Shown]:
        """What a query gives: now, and again whenever that is something else. Only the newest counts for whoever is slow."""
        told: _Told[Shown] = _Told(newest_only=True)
        async for shown in self._each(told, self._journal.watch(query, _Shown(told))):
            yield shown

    async def syncing(self, settings: SyncSettings | None = None) -> AsyncIterator[SyncStatus]:
        """Exchanges with home by itself as long as somebody goes through this, and tells how it stands; see `Saxaul.sync`."""
        told: _Told[SyncStatus] = _Told(newest_only=True)
        async for status in self._each(told, self._journal.sync(settings or SyncSettings(), _Status(told))):
            yield status

    async def _each(self, told: _Told[T], ending: Observation | Syncing) -> AsyncIterator[T]:
        self._told.add(told)
        try:
            while (now := await told.next()) is not None:
                yield now
        finally:
            ending.stop()
            self._told.discard(told)


class _Told(Generic[T]):
    """What the library's threads told, until the event loop takes it."""

    def __init__(self, *, newest_only: bool):
        self._newest_only = newest_only
        self._waiting: deque[T] = deque()
        self._has_ended = False
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()

    def tell(self, what: T) -> None:
        try:
            self._loop.call_soon_threadsafe(self._put, what)
        except RuntimeError:
            pass  # The event loop is closed: nobody listens any more.

    def _put(self, what: T) -> None:
        if self._newest_only:
            self._waiting.clear()
        self._waiting.append(what)
        self._woken.set()

    def end(self) -> None:
        self._has_ended = True
        self._woken.set()

    async def next(self) -> T | None:
        """What was told next; none after the end."""
        while not self._waiting:
            if self._has_ended:
                return None
            self._woken.clear()
            await self._woken.wait()
        return self._waiting.popleft()


class _Changes(Listener):
    def __init__(self, told: _Told[Changes]):
        self._told = told

    def changed(self, changes: Changes) -> None:
        self._told.tell(changes)


class _Shown(Watcher):
    def __init__(self, told: _Told[Shown]):
        self._told = told

    def shown(self, now: Shown) -> None:
        self._told.tell(now)

    def failed(self, error: SaxaulError) -> None:
        """The query goes on being watched: what it gives next is told."""


class _Status(SyncWatcher):
    def __init__(self, told: _Told[SyncStatus]):
        self._told = told

    def status(self, now: SyncStatus) -> None:
        self._told.tell(now)


class _Opening:
    """A journal that is being opened: `await` it, or open it for a block with `async with`."""

    def __init__(self, path: str | os.PathLike[str], key: bytes | None):
        self._path, self._key = path, key
        self._journal: Journal | None = None

    async def _open(self) -> Journal:
        loop = asyncio.get_running_loop()
        return Journal(await loop.run_in_executor(None, open_blocking, self._path, self._key))

    def __await__(self) -> Generator[Any, Any, Journal]:
        return self._open().__await__()

    async def __aenter__(self) -> Journal:
        self._journal = await self._open()
        return self._journal

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._journal is not None:
            await self._journal.shut_down()


def open(path: str | os.PathLike[str], key: bytes | None = None) -> _Opening:
    """Opens the journal at `path`, or begins one; see `Saxaul.open`."""
    return _Opening(path, key)
