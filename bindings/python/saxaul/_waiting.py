"""Waiting for the library without holding up what Python does meanwhile: signals, and the event loop of asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .sync_core import Brought, Cancel, Pace

if TYPE_CHECKING:
    from . import Journal

T = TypeVar("T")

# Windows lets a signal in only between two waits.
_SIGNALS_EVERY_S = 0.2 if sys.platform == "win32" else None


def interruptible(wait: Callable[[Cancel], T], cancel: Cancel | None) -> T:
    """Lets `wait` run until it ends. What a handler of a signal raises meanwhile, such as KeyboardInterrupt, cancels it."""
    cancelling = Cancel() if cancel is None else cancel
    if threading.current_thread() is not threading.main_thread():
        return wait(cancelling)
    ended = threading.Event()
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(wait(cancelling))
        except BaseException as error:
            failed.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), name="saxaul waiting", daemon=True)
    try:
        thread.start()
        while not ended.wait(_SIGNALS_EVERY_S):
            pass
    except BaseException:
        cancelling.cancel()
        ended.wait()
        raise
    if failed:
        raise failed[0]
    return done[0]


class FaithfulPace(Pace):
    """The app's pace. What it throws is kept, to be raised where the app waits; one that answers nothing goes on."""

    def __init__(self, pace: Pace):
        self._pace = pace
        self.thrown: BaseException | None = None

    def goes_on(self, brought: Brought) -> bool:
        return self._asked(lambda: self._pace.goes_on(brought))

    def waits(self, ms: int) -> bool:
        return self._asked(lambda: self._pace.waits(ms))

    def _asked(self, ask: Callable[[], Any]) -> bool:
        try:
            told = ask()
        except BaseException as error:
            self.thrown = error
            return False
        return told is None or bool(told)


class Awaiting:
    """Runs the calls of a journal on the threads of the event loop."""

    def __init__(self, journal: Journal):
        self._journal = journal

    async def _beside(self, call: Callable[[], T]) -> T:
        """A call that waits for the disk. It ends as it would, even where nobody waits for it any more."""
        return await asyncio.get_running_loop().run_in_executor(None, call)

    async def _waits(self, wait: Callable[[Cancel], T]) -> T:
        """A call that waits for a network. Where the task is cancelled, the call is, too."""
        cancel = Cancel()
        waiting = asyncio.get_running_loop().run_in_executor(None, wait, cancel)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            cancel.cancel()
            await asyncio.wait([waiting])
            if not waiting.cancelled():
                waiting.exception()
            raise
